package docs

import (
	"slices"
	"strings"
	"testing"
)

// TestManualSynopsis checks that SYNOPSIS has the same forms as the usage lines of --help.
// Only the manual has the options that all commands have, and the form with -h and -V.
func TestManualSynopsis(t *testing.T) {
	t.Parallel()
	for _, name := range commands(t) {
		text, _ := section(page(t, name+".1"), "SYNOPSIS")
		got, want := manualForms(text), helpForms(name, help(t, name))
		if !slices.Equal(got, want) {
			t.Errorf("%s.1:\n%s\n--help:\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// TestDurationsAreExplained checks that help and manual say, in the same words, how a
// duration is written if an option takes one.
func TestDurationsAreExplained(t *testing.T) {
	t.Parallel()
	const (
		inHelp = "\n  D is a duration: 90s, 15m, 1h30m, 7d, 2w\n"
		inPage = "\n.Ar d\nis a duration such as\n.Li 90s , 15m , 1h30m , 7d\nor\n.Li 2w :\nsee\n.Xr switchboard 7 .\n"
	)
	all := 0
	for _, name := range commands(t) {
		text, want := help(t, name), 0
		if slices.ContainsFunc(options(t, text), func(o option) bool { return o.value == "D" }) {
			want = 1
		}
		all += want
		if n := strings.Count(text, inHelp); n != want {
			t.Errorf("%s --help explains durations %d times, not %d", name, n, want)
		}
		if n := strings.Count(page(t, name+".1"), inPage); n != want {
			t.Errorf("%s.1 explains durations %d times, not %d", name, n, want)
		}
	}
	if all == 0 {
		t.Error("no command has durations")
	}
}

// helpForms returns the forms of the command line at the start of a help text.
func helpForms(name, text string) []string {
	usage, _, _ := strings.Cut(text, "\n\n")
	begin, between := "usage: "+name+" ", "       "+name+" "
	next := strings.Repeat(" ", len(begin))
	var forms []string
	for i, line := range strings.Split(usage, "\n") {
		form, ok := strings.CutPrefix(line, begin)
		if i > 0 {
			form, ok = strings.CutPrefix(line, between)
		}
		if ok {
			forms = append(forms, form)
		} else if more, ok := strings.CutPrefix(line, next); ok {
			forms[len(forms)-1] += " " + more
		} else {
			break // the summary
		}
	}
	return forms
}

// manualForms renders a SYNOPSIS as text, one line per form.
func manualForms(text string) []string {
	var forms []string
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		switch line {
		case ".Nm":
			forms = append(forms, "")
			continue
		case ".Op Fl 0v", ".Op Fl v", ".Op Fl -config Ar file":
			continue
		}
		if len(forms) > 0 {
			last := &forms[len(forms)-1]
			*last = strings.TrimSpace(*last + " " + macros(strings.TrimPrefix(line, ".")))
		}
	}
	return slices.DeleteFunc(forms, func(form string) bool { return form == "-h | -V" })
}

// macros renders a line of mdoc macros.
func macros(line string) string {
	var (
		s        strings.Builder
		macro    string
		brackets int
		tight    = true
	)
	put := func(word string) {
		if !tight && word != "..." {
			s.WriteByte(' ')
		}
		s.WriteString(word)
		tight = false
	}
	for word := range strings.FieldsSeq(line) {
		switch word {
		case "Fl", "Ar", "Cm":
			macro = word
		case "Ns":
			tight, macro = true, ""
		case "Op", "Oo":
			put("[")
			tight, macro = true, ""
			if word == "Op" {
				brackets++
			}
		case "Oc":
			s.WriteString("]")
		case "|", "...":
			put(word)
		default:
			switch macro {
			case "Fl":
				word = "-" + word
			case "Ar":
				word = strings.ToUpper(word)
			}
			put(word)
		}
	}
	return s.String() + strings.Repeat("]", brackets)
}
