package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// root is the project's directory.
const root = "../.."

func TestMain(m *testing.M) { harness.Main(m) }

// commands returns the names of the commands: the folders of cmd that begin with q.
func commands(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, dir := range glob(t, "cmd/q*") {
		names = append(names, filepath.Base(dir))
	}
	return names
}

// programs returns the names of the programs that commands start.
func programs(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, dir := range glob(t, "cmd/*") {
		if name := filepath.Base(dir); !slices.Contains(commands(t), name) {
			names = append(names, name)
		}
	}
	return names
}

// glob returns the paths that match the pattern, relative to the test. It fails the
// test if there are none.
func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: nothing matches (%v)", pattern, err)
	}
	return paths
}

// read returns a file of the project.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// help returns the help text of a command.
func help(t *testing.T, name string) string {
	t.Helper()
	r := harness.Run(t, nil, name, "--help")
	if r.Status != 0 || r.Err != "" {
		t.Fatalf("%s --help: status %d, %q", name, r.Status, r.Err)
	}
	return r.Out
}

// tool returns the path of a program that the test needs. Without it the test is
// skipped.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	harness.Needs(t, name, err)
	return path
}

// same checks that got has the words of want, in any order, and no others.
func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s lacks %s", what, w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("%s has %s, which --help does not", what, g)
		}
	}
}

var helpLine = regexp.MustCompile(`^  (?:(-\w), |    )(--[\w-]+)(?: (\S+))?(?:  |$)`)

// option is an option as --help shows it. short and value may be empty.
type option struct{ short, long, value string }

// options reads the options out of a help text.
func options(t *testing.T, text string) []option {
	t.Helper()
	var all []option
	for line := range strings.SplitSeq(text, "\n") {
		if m := helpLine.FindStringSubmatch(line); m != nil {
			all = append(all, option{m[1], m[2], m[3]})
		}
	}
	if len(all) < 4 {
		t.Fatalf("only %d options found in\n%s", len(all), text)
	}
	return all
}

// names returns the short and long options as they are typed, sorted.
func names(all []option) []string {
	var list []string
	for _, o := range all {
		if o.short != "" {
			list = append(list, o.short)
		}
		list = append(list, o.long)
	}
	slices.Sort(list)
	return list
}
