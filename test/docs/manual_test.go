package docs

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// contractStatuses are all exit statuses. qrun also has those of a command that cannot
// be run.
var contractStatuses = []string{"0", "1", "64", "65", "66", "69", "73", "74", "75", "77", "78"}

// page returns the manual page of that name.
func page(t *testing.T, name string) string {
	t.Helper()
	return read(t, filepath.Join("man", name))
}

// section returns the text of a section of a page.
func section(page, name string) (string, bool) {
	_, rest, ok := strings.Cut(page, "\n.Sh "+name+"\n")
	text, _, _ := strings.Cut(rest, "\n.Sh ")
	return text, ok
}

var manOption = regexp.MustCompile(`\bFl (-?[\w-]+)`)

// manOptions returns the options in lines that begin with prefix; ".It" lines define
// options.
func manOptions(text, prefix string) []string {
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, prefix) {
			continue
		}
		for _, m := range manOption.FindAllStringSubmatch(line, -1) {
			if name := "-" + m[1]; !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	slices.Sort(all)
	return all
}

// TestManualHasTheOptions checks that each page describes the options that --help lists,
// and no others.
func TestManualHasTheOptions(t *testing.T) {
	t.Parallel()
	for _, name := range commands(t) {
		want := names(options(t, help(t, name)))
		text, ok := section(page(t, name+".1"), "DESCRIPTION")
		if !ok {
			t.Errorf("%s.1 has no DESCRIPTION", name)
			continue
		}
		same(t, name+".1", manOptions(text, ".It Fl "), want)
	}
}

// TestManualSections checks that each command's page has every section.
func TestManualSections(t *testing.T) {
	t.Parallel()
	for _, name := range commands(t) {
		text := page(t, name+".1")
		for _, s := range []string{
			"NAME", "SYNOPSIS", "DESCRIPTION", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES",
			"INTERNALS", "SEE ALSO", "ASSUMPTIONS", "CAVEATS",
		} {
			if body, ok := section(text, s); !ok || strings.TrimSpace(body) == "" {
				t.Errorf("%s.1 has no %s", name, s)
			}
		}
	}
}

var statusItem = regexp.MustCompile(`(?m)^\.It (\d+)`)

// TestManualExitStatuses checks that each page has only statuses of the contract, in
// order, and those that every command can exit with.
func TestManualExitStatuses(t *testing.T) {
	t.Parallel()
	for _, name := range commands(t) {
		text, _ := section(page(t, name+".1"), "EXIT STATUS")
		known := contractStatuses
		if name == "qrun" {
			known = append(slices.Clone(known), "126", "127")
		}
		at := -1
		var got []string
		for _, m := range statusItem.FindAllStringSubmatch(text, -1) {
			got = append(got, m[1])
			i := slices.Index(known, m[1])
			if i < 0 {
				t.Errorf("%s.1: exit status %s is not in the contract", name, m[1])
			} else if i <= at {
				t.Errorf("%s.1: exit status %s is out of order", name, m[1])
			}
			at = max(at, i)
		}
		every := []string{"0", "64", "74", "78"}
		if name == "qenqueue" {
			every = []string{"0", "64", "75"} // for mail servers
		}
		for _, s := range every {
			if !slices.Contains(got, s) {
				t.Errorf("%s.1 lacks the exit status %s", name, s)
			}
		}
	}
	text, _ := section(page(t, "switchboard.7"), "DESCRIPTION")
	var got []string
	for _, m := range statusItem.FindAllStringSubmatch(text, -1) {
		got = append(got, m[1])
	}
	if !slices.Equal(got, contractStatuses) {
		t.Errorf("switchboard.7: the exit statuses are %v, the contract's %v", got, contractStatuses)
	}
}

var reference = regexp.MustCompile(`\.Xr (q\w+|switchboard\S*) (\d)`)

// TestManualReferences checks that the pages of ours that a page refers to exist, and
// that the overview introduces every command.
func TestManualReferences(t *testing.T) {
	t.Parallel()
	pages := map[string]bool{}
	for _, path := range glob(t, "man/*.[1-9]") {
		pages[filepath.Base(path)] = true
	}
	for name := range pages {
		text := page(t, name)
		for _, m := range reference.FindAllStringSubmatch(text, -1) {
			if !pages[m[1]+"."+m[2]] {
				t.Errorf("%s refers to %s(%s), which does not exist", name, m[1], m[2])
			}
		}
		base := strings.TrimSuffix(name, ".1")
		if base != name && !slices.Contains(commands(t), base) {
			t.Errorf("%s does not belong to a command", name)
		}
	}
	for _, name := range commands(t) {
		if !strings.Contains(page(t, "switchboard.7"), ".It Xr "+name+" 1\n") {
			t.Errorf("switchboard.7 does not introduce %s", name)
		}
	}
}

// TestManualLint checks the pages with mandoc.
func TestManualLint(t *testing.T) {
	t.Parallel()
	mandoc := tool(t, "mandoc")
	for _, path := range glob(t, "man/*.[1-9]") {
		out, err := exec.Command(mandoc, "-Tlint", "-Wwarning", path).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
	}
}
