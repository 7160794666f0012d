package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReadme checks that the links, make targets and folders that the README names
// exist, and that it names every folder and command.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, makefile := read(t, "README.md"), read(t, "Makefile")
	for _, page := range []string{"README.md", "CHANGELOG.md", "COMPATIBILITY.md", "CONTRIBUTING.md", "SECURITY.md", "test/README.md"} {
		links := regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(read(t, page), -1)
		if len(links) == 0 && page == "README.md" {
			t.Error("no links")
		}
		for _, m := range links {
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
	for _, m := range regexp.MustCompile("(?m)(?:^ *|`)make ([a-z-]+)").FindAllStringSubmatch(readme+read(t, "CONTRIBUTING.md")+read(t, "test/README.md"), -1) {
		if !strings.Contains(makefile, "\n"+m[1]+":") {
			t.Errorf("the Makefile has no target %s", m[1])
		}
	}
	_, tree, ok := strings.Cut(readme, "## The map")
	if !ok {
		t.Fatal("no map")
	}
	tree, _, _ = strings.Cut(tree, "##")
	for _, dir := range []string{"pkg", "internal", "."} {
		list, err := os.ReadDir(filepath.Join(root, dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			name := filepath.Join(dir, e.Name())
			if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || slices.Contains([]string{"bin", "dist", "dist.part", "html", "vendor", "pkg", "internal"}, name) {
				continue
			}
			if !regexp.MustCompile(`(?m)^ +` + regexp.QuoteMeta(name) + `[/ ]`).MatchString(tree) {
				t.Errorf("the map has no %s", name)
			}
		}
	}
	for _, c := range commands(t) {
		if !strings.Contains(readme, "| `"+c+"` |") {
			t.Errorf("the README does not say what %s is for", c)
		}
	}
}

// TestFigures checks that the README has the rows of the last results that say so, in their
// order, and no more than sixteen.
func TestFigures(t *testing.T) {
	t.Parallel()
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^(\| .* \|) [^|]* \| ([^|]*) \|$`).FindAllStringSubmatch(read(t, "test/bench/RESULTS.md"), -1) {
		if m[2] != "" && strings.Count(m[0], "|") == 8 && !strings.Contains(m[0], "in the README as") && !strings.Contains(m[0], "---") {
			want = append(want, m[1])
		}
	}
	got := regexp.MustCompile(`(?m)^\| .* \| [0-9.]+ \| [^|]*\|$`).FindAllString(read(t, "README.md"), -1)
	if len(want) == 0 || len(want) > 16 || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the README has %d rows of figures, RESULTS.md %d for it, or they differ:\n%s\n\n%s", len(got), len(want),
			strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// count checks the number of files with an extension in a queue.
func count(t *testing.T, s sandbox, queue, ext string, want int) {
	t.Helper()
	if got := s.names(t, queue, ext); len(got) != want {
		t.Errorf("%s holds %d %s, want %d: %v", queue, len(got), ext, want, got)
	}
}

// TestReadmeScript runs the two lines of the README that show what the commands are for.
func TestReadmeScript(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	script := codeBelow(t, "The commands")
	if r := s.run(t, script); r.Status != 0 || r.Err != "" {
		t.Errorf("%s\nexits %d\n%s%s", script, r.Status, r.Out, r.Err)
	}
	count(t, s, "in", ".pck", 2) // one finished, and the one in flight restored
	count(t, s, "in", ".bak", 0)
}

// TestReadmeRecipes checks that the README has six recipes of switchboard-recipes(7), which
// another test runs, and that it is short.
func TestReadmeRecipes(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, e := range titled(t) {
		known[e.script] = true
	}
	n := 0
	for line := range strings.SplitSeq(codeBelow(t, "Six recipes"), "\n") {
		script, comment, _ := strings.Cut(line, " # ")
		if n++; !known[strings.TrimSpace(script)] || comment == "" {
			t.Errorf("switchboard-recipes(7) does not have: %s", line)
		}
	}
	if n != 6 {
		t.Errorf("the README has %d recipes", n)
	}
	if lines := strings.Count(read(t, "README.md"), "\n"); lines >= 150 {
		t.Errorf("the README has %d lines", lines)
	}
}

// codeBelow returns the code below a heading of the README.
func codeBelow(t *testing.T, heading string) string {
	t.Helper()
	_, text, ok := strings.Cut(read(t, "README.md"), "\n## "+heading+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	_, text, found := strings.Cut(text, "\n```sh\n")
	code, _, ended := strings.Cut(text, "\n```\n")
	if !ok || !found || !ended {
		t.Fatalf("no code below %q in the README", heading)
	}
	return code
}
