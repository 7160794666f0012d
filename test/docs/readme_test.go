package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"switchboard/test/harness"
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
	for _, dir := range []string{"pkg", "."} {
		list, err := os.ReadDir(filepath.Join(root, dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			name := filepath.Join(dir, e.Name())
			if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || name == "bin" || name == "pkg" {
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

// recipe says what running the code under a heading of the README must do in a sandbox.
type recipe struct {
	status int
	check  func(t *testing.T, s sandbox, r harness.Result)
}

// count checks the number of files with an extension in a queue.
func count(t *testing.T, s sandbox, queue, ext string, want int) {
	t.Helper()
	if got := s.names(t, queue, ext); len(got) != want {
		t.Errorf("%s holds %d %s, want %d: %v", queue, len(got), ext, want, got)
	}
}

// recipes has the recipes by heading; " 2" is the second block below a heading.
var recipes = map[string]recipe{
	"switchboard": {check: func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "in", ".pck", 2) // one finished, and the one in flight restored
		count(t, s, "in", ".bak", 0)
	}},
	"Cron": {status: 75, check: func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "qfiles/in", ".bak", 1)
	}},
	"An alias that feeds a queue": {check: func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "qfiles/in", ".pck", 3)
	}},
	"Draining a queue": {check: func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "in", "+*", 0)
		count(t, s, "bad", ".psv", 1)
	}},
	"Looking into a shunt queue": {check: func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "shunt", "+*", 0)
		count(t, s, "in3", ".pck", 2)
		if !strings.Contains(r.Out, "X-Queue: shunt") || !strings.Contains(r.Out, `"whichq"`) {
			t.Errorf("it shows\n%s", r.Out)
		}
	}},
	"Monitoring": {status: 2, check: func(t *testing.T, s sandbox, r harness.Result) {
		if !strings.HasPrefix(r.Out, "QUEUE CRITICAL - ") {
			t.Errorf("it prints %q", r.Out)
		}
	}},
}

// TestRecipes runs all code blocks in the README.
func TestRecipes(t *testing.T) {
	t.Parallel()
	found := 0
	heading, n := "", 0
	var block []string
	in := false
	for line := range strings.SplitSeq(read(t, "README.md"), "\n") {
		switch {
		case strings.HasPrefix(line, "```") && !in:
			in, block = true, nil
		case strings.HasPrefix(line, "```"):
			in = false
			n++
			name := heading
			if n > 1 {
				name += " 2"
			}
			if heading == "Two commands to begin with" {
				continue // they run these tests
			}
			r, ok := recipes[name]
			if !ok {
				t.Errorf("no test for the code under %q", name)
				continue
			}
			found++
			script := strings.Join(block, "\n")
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if strings.Contains(script, "flock ") {
					tool(t, "flock")
				}
				s := newSandbox(t)
				got := s.run(t, typed(script))
				if got.Status != r.status {
					t.Errorf("%s\nexits %d, want %d\n%s%s", script, got.Status, r.status, got.Out, got.Err)
				}
				r.check(t, s, got)
			})
		case in:
			block = append(block, line)
		case strings.HasPrefix(line, "#"):
			heading, n = strings.TrimLeft(line, "# "), 0
		}
	}
	if found != len(recipes) {
		t.Errorf("%d recipes, %d tests of them", found, len(recipes))
	}
}
