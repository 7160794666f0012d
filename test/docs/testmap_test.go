package docs

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	quoted   = regexp.MustCompile("`([^`]+)`")
	testFunc = regexp.MustCompile(`(?m)^func (Test\w+|Fuzz\w+)\(`)
	testName = regexp.MustCompile(`^(Test|Fuzz)[\w*]+$`)
)

// TestMapOfTests checks test/README.md against the tree, in both directions. It must name
// every folder of test, every package that has tests and every test against the real
// Mailmans. Each path, file and test that it, CONTRIBUTING.md or SECURITY.md names must
// exist.
func TestMapOfTests(t *testing.T) {
	t.Parallel()
	words := quotedIn(t, "test/README.md")
	named := func(what string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return matches(word, what) })
	}
	tree := testTree(t)

	for _, dir := range tree.dirs {
		if _, has := tree.tests[dir]; (has || path.Dir(dir) == "test") && !named(dir) {
			t.Errorf("test/README.md does not name %s", dir)
		}
	}
	for _, test := range tree.tests["test/interop"] {
		if test != "TestMain" && !named(test) {
			t.Errorf("test/README.md does not name %s of test/interop", test)
		}
	}
	var known []string
	for _, tests := range tree.tests {
		known = append(known, tests...)
	}
	for _, page := range []string{"test/README.md", "CONTRIBUTING.md", "SECURITY.md"} {
		for _, word := range quotedIn(t, page) {
			tree.has(t, page, word, known)
		}
	}
}

// quotedIn returns what a page quotes as code.
func quotedIn(t *testing.T, page string) []string {
	t.Helper()
	var words []string
	for _, m := range quoted.FindAllStringSubmatch(read(t, page), -1) {
		words = append(words, m[1])
	}
	return words
}

// tree is the project: the paths of its folders and files, and the tests in each folder
// that has some.
type tree struct {
	dirs, files []string
	tests       map[string][]string
}

// has checks that a word of a page, if it names a path, a file or a test, names one that
// exists. known are the tests.
func (all tree) has(t *testing.T, page, word string, known []string) {
	t.Helper()
	top, _, isPath := strings.Cut(word, "/")
	switch {
	case testName.MatchString(word):
		if !slices.ContainsFunc(known, func(test string) bool { return matches(word, test) }) {
			t.Errorf("%s names the test %s, which does not exist", page, word)
		}
	case strings.HasSuffix(word, ".go") && !isPath || strings.HasSuffix(word, ".py") && !isPath:
		if !slices.ContainsFunc(all.files, func(file string) bool { return matches(word, path.Base(file)) }) {
			t.Errorf("%s names the file %s, which does not exist", page, word)
		}
	case isPath && (top == ".ci" || slices.Contains(all.dirs, top)):
		glob(t, word)
	}
}

// testTree reads the project's tree.
func testTree(t *testing.T) tree {
	t.Helper()
	all := tree{tests: map[string][]string{}}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && (strings.HasPrefix(e.Name(), ".") || e.Name() == "testdata" || name == "bin" || name == "dist"):
			return filepath.SkipDir
		case e.IsDir():
			all.dirs = append(all.dirs, name)
		default:
			all.files = append(all.files, name)
			if strings.HasSuffix(name, "_test.go") {
				for _, m := range testFunc.FindAllStringSubmatch(read(t, name), -1) {
					all.tests[path.Dir(name)] = append(all.tests[path.Dir(name)], m[1])
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all.tests["test/interop"]) == 0 {
		t.Fatal("no tests found in test/interop")
	}
	return all
}

// matches reports whether a pattern of the map matches a name.
func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}
