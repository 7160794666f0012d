package docs

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestHelpFitsAScreen checks that help has at most 24 lines of 80 columns and ends with
// an example. A command with many options may have a line for each, and fourteen more.
func TestHelpFitsAScreen(t *testing.T) {
	t.Parallel()
	for _, name := range commands(t) {
		onScreen(t, name, help(t, name))
	}
}

// onScreen checks the help text of one command.
func onScreen(t *testing.T, name, text string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if most := max(24, len(options(t, text))+14); len(lines) > most {
		t.Errorf("%s --help has %d lines, more than %d", name, len(lines), most)
	}
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n > 80 {
			t.Errorf("%s --help: %d columns: %s", name, n, line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("%s --help: a line ends in a blank: %q", name, line)
		}
	}
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "  ") || !strings.Contains(last, name) {
		t.Errorf("%s --help ends without an example: %s", name, last)
	}
}

// TestSynopsisNamesEveryOption checks that the usage lines have every option of the list
// below them, except those that all commands have.
func TestSynopsisNamesEveryOption(t *testing.T) {
	t.Parallel()
	common := []string{"--null", "--config", "--verbose", "--help", "--version"}
	for _, name := range commands(t) {
		text := help(t, name)
		usage, _, _ := strings.Cut(text, "\n\n")
		for _, o := range options(t, text) {
			if contains(common, o.long) {
				continue
			}
			if !strings.Contains(usage, o.long) && (o.short == "" || !strings.Contains(usage, o.short)) {
				t.Errorf("%s: the usage line lacks %s", name, o.long)
			}
		}
	}
}

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}
