package cmdline

import (
	"fmt"
	"slices"
	"strings"

	"switchboard/pkg/duration"
)

// terminalWidth and terminalHeight are the size of a terminal that does not know its own.
// Help is not wider.
const (
	terminalWidth  = 80
	terminalHeight = 24
)

// help returns the text of --help, which fits a terminal.
func help(name string, c Command, flags []flag) string {
	var s strings.Builder
	s.WriteString(usageLines(name, c))
	s.WriteString(fill("", c.Summary) + "\n")
	durations := false
	for _, f := range flags {
		value, text := unquote(f.GetUsage())
		fmt.Fprintf(&s, "  %-26s %s\n", strings.TrimRight(flagNames(f)+" "+value, " "), text)
		durations = durations || value == durationWord
	}
	if durations {
		fmt.Fprintf(&s, "  %s is a duration: %s\n", durationWord, duration.Examples)
	}
	for line := range strings.SplitSeq(c.Example, "\n") {
		s.WriteString("\n  " + withPrefix(line, c.Name, name))
	}
	return s.String() + "\n"
}

// usageLines are the forms of a command line, one per line of the synopsis.
func usageLines(name string, c Command) string {
	var s strings.Builder
	begin := "usage: "
	for form := range strings.SplitSeq(c.Synopsis, "\n") {
		if form == "" {
			s.WriteString(begin + name + "\n")
		} else {
			s.WriteString(fill(begin+name+" ", form))
		}
		begin = strings.Repeat(" ", len(begin))
	}
	return s.String()
}

// shortUsage is what follows the line about a usage error. It must not push that line out of
// sight, so it leaves the options to --help if they take many lines.
func shortUsage(name string, c Command) string {
	const most = 4
	text := usageLines(name, c)
	if strings.Count(text, "\n") <= most {
		return text
	}
	var s strings.Builder
	begin := "usage: "
	for form := range strings.SplitSeq(c.Synopsis, "\n") {
		words := bracketed(form)
		first := slices.IndexFunc(words, func(w string) bool { return !strings.HasPrefix(w, "[-") })
		s.WriteString(fill(begin+name+" ", strings.Join(append([]string{"[OPTION]..."}, words[max(first, 0):]...), " ")))
		begin = strings.Repeat(" ", len(begin))
	}
	return s.String() + name + " --help lists the options\n"
}

// flagNames returns an option's names as help shows them, the short one first.
func flagNames(f flag) string {
	short, long := "    ", ""
	for _, name := range f.names {
		if len(name) == 1 {
			short = "-" + name + ", "
		} else {
			long = "--" + name
		}
	}
	return short + long
}

// fill wraps text after indent, and indents the other lines as far. It does not break a
// line inside brackets.
func fill(indent, text string) string {
	var (
		s     strings.Builder
		width = len(indent)
	)
	s.WriteString(indent)
	for i, word := range bracketed(text) {
		switch {
		case i == 0:
		case width+1+len(word) > terminalWidth:
			s.WriteString("\n" + strings.Repeat(" ", len(indent)))
			width = len(indent)
		default:
			s.WriteByte(' ')
			width++
		}
		s.WriteString(word)
		width += len(word)
	}
	return s.String() + "\n"
}

// bracketed splits text at the blanks that are not in brackets.
func bracketed(text string) []string {
	var (
		words []string
		open  int
	)
	for word := range strings.FieldsSeq(text) {
		if open > 0 {
			words[len(words)-1] += " " + word
		} else {
			words = append(words, word)
		}
		open += strings.Count(word, "[") - strings.Count(word, "]")
	}
	return words
}

// unquote returns the name of an option's value, which its usage has in back quotes, and
// the usage without them.
func unquote(usage string) (value, text string) {
	before, rest, ok := strings.Cut(usage, "`")
	if !ok {
		return "", usage
	}
	value, after, _ := strings.Cut(rest, "`")
	return value, before + value + after
}
