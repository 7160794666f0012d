package docs

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSystems checks the names of files that are only for some systems: x_linux.go,
// x_darwin.go, and x_other.go for every system that has no file x of its own.
func TestSystems(t *testing.T) {
	t.Parallel()
	files := slices.Concat(glob(t, "pkg/*/*.go"), glob(t, "internal/*/*.go"), glob(t, "pkg/*/internal/*/*.go"))
	constraint := regexp.MustCompile(`(?m)^//go:build (.*)$`)
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		base, other := strings.CutSuffix(path, "_other.go")
		found := constraint.FindSubmatch(text)
		if (found != nil) != other {
			t.Errorf("%s: x_other.go has a build constraint, and no other file", path)
		}
		if found == nil || !other {
			continue
		}
		var want []string
		for _, system := range []string{"linux", "darwin", "freebsd", "openbsd"} {
			if slices.Contains(files, base+"_"+system+".go") {
				want = append(want, "!"+system)
			}
		}
		if got := string(found[1]); got != strings.Join(want, " && ") {
			t.Errorf("%s is for %q, and its neighbours leave %q", path, got, strings.Join(want, " && "))
		}
	}
}
