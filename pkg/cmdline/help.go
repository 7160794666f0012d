package cmdline

import (
	"fmt"
	"strings"
)

// terminalWidth is what help fits into.
const terminalWidth = 80

// help is the text of --help: it fits a terminal.
func help(name string, c Command, flags []flag) string {
	var s strings.Builder
	s.WriteString(usageLines(name, c))
	s.WriteString(fill("", c.Summary) + "\n")
	durations := false
	for _, f := range flags {
		value, text := unquote(f.GetUsage())
		fmt.Fprintf(&s, "  %-26s %s\n", strings.TrimRight(flagNames(f)+" "+value, " "), text)
		durations = durations || value == duration
	}
	if durations {
		fmt.Fprintf(&s, "  %s is a duration: %s\n", duration, durationExamples)
	}
	for _, line := range strings.Split(c.Example, "\n") {
		s.WriteString("\n  " + withPrefix(line, c.Name, name))
	}
	return s.String() + "\n"
}

// usageLines are the forms of a command line, one per line of the synopsis.
func usageLines(name string, c Command) string {
	var s strings.Builder
	begin := "usage: "
	for _, form := range strings.Split(c.Synopsis, "\n") {
		s.WriteString(fill(begin+name+" ", form))
		begin = strings.Repeat(" ", len(begin))
	}
	return s.String()
}

// flagNames are a flag's names, the short one first.
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

// fill breaks text between words where it would be too wide, and lines the
// rest up under its beginning. Words in brackets stay together.
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
	for _, word := range strings.Fields(text) {
		if open > 0 {
			words[len(words)-1] += " " + word
		} else {
			words = append(words, word)
		}
		open += strings.Count(word, "[") - strings.Count(word, "]")
	}
	return words
}

// unquote takes the value's name out of a flag's usage, where it is in back
// quotes.
func unquote(usage string) (value, text string) {
	before, rest, ok := strings.Cut(usage, "`")
	if !ok {
		return "", usage
	}
	value, after, _ := strings.Cut(rest, "`")
	return value, before + value + after
}
