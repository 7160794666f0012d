package docs

import (
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// ownCommands returns the help texts of a program's own commands, by their names.
func ownCommands(t *testing.T, program string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, form := range helpForms(program, help(t, program)) {
		name, _, _ := strings.Cut(form, " ")
		if name == strings.ToUpper(name) {
			continue // the form of all others
		}
		r := harness.Run(t, nil, program, name, "--help")
		if r.Status != 0 || r.Err != "" {
			t.Fatalf("%s %s --help: status %d, %q", program, name, r.Status, r.Err)
		}
		texts[name] = r.Out
	}
	if len(texts) == 0 {
		t.Fatalf("%s has no commands of its own", program)
	}
	return texts
}

// TestPrograms checks that --help of a program and of its own commands, its page and its
// completions have the same forms and options, and that help fits a screen.
func TestPrograms(t *testing.T) {
	t.Parallel()
	for _, program := range programs(t) {
		text := page(t, program+".8")
		synopsis, _ := section(text, "SYNOPSIS")
		forms := helpForms(program, help(t, program))
		if got := manualForms(strings.ReplaceAll(synopsis, ".Ar arg ...", ".Ar arg...")); !slices.Equal(got, forms) {
			t.Errorf("%s.8:\n%s\n--help:\n%s", program, strings.Join(got, "\n"), strings.Join(forms, "\n"))
		}
		want := names(options(t, help(t, program)))
		for name, own := range ownCommands(t, program) {
			for _, form := range helpForms(program+" "+name, own) {
				if !slices.Contains(forms, strings.TrimSpace(name+" "+form)) {
					t.Errorf("%s --help lacks the form: %s %s", program, name, form)
				}
			}
			if !strings.Contains(text, ".It Cm "+name+"\n") {
				t.Errorf("%s.8 does not describe %s", program, name)
			}
			for shell, file := range completions(program) {
				if !strings.Contains(read(t, file), name) {
					t.Errorf("%s: %s does not complete %s", program, shell, name)
				}
			}
			want = append(want, names(options(t, own))...)
			onScreen(t, program+" "+name, own)
		}
		onScreen(t, program, help(t, program))
		slices.Sort(want)
		want = slices.Compact(want)
		haveTheOptions(t, completions(program), want)
		same(t, program+".8", manOptions(synopsis, "."), slices.DeleteFunc(slices.Clone(want), func(o string) bool {
			return slices.Contains([]string{"--verbose", "--help", "--version", "-V"}, o) // the page has their short forms
		}))
	}
}
