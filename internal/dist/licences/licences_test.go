package licences

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"switchboard/internal/dist/build"
)

const root = "../../.."

// TestCollect compares the modules with those that the linker has recorded in the commands,
// and looks for a licence in what each of them says.
func TestCollect(t *testing.T) {
	t.Parallel()
	tags, err := build.Tags(root)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := Collect(root, []build.Target{{OS: "linux", Arch: "amd64"}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, m := range modules {
		got[m.Path] = m.Version
		var text strings.Builder
		for _, file := range m.Texts {
			text.WriteString(file.Data)
		}
		if !regexp.MustCompile(`(?i)redistribut|permission is hereby granted|apache license`).MatchString(text.String()) {
			t.Errorf("%s %s: no licence in\n%s", m.Path, m.Version, text.String())
		}
	}

	bin := t.TempDir()
	cmd := exec.Command("go", "build", "-trimpath", "-tags", tags, "-o", bin+"/", "./cmd/...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	programs, err := filepath.Glob(filepath.Join(bin, "*"))
	if err != nil || len(programs) < 11 {
		t.Fatalf("built %v, %v", programs, err)
	}
	linked := map[string]string{}
	for _, program := range programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		linked["std"] = info.GoVersion
		for _, dep := range info.Deps {
			linked[dep.Path] = dep.Version
		}
	}
	for path, version := range linked {
		if got[path] != version {
			t.Errorf("%s %s is linked, and the licences are those of version %q", path, version, got[path])
		}
	}
	for path := range got {
		if linked[path] == "" {
			t.Errorf("there is a licence of %s, which is not linked", path)
		}
	}
}

// TestFile checks that the file has every text as it is, below its module.
func TestFile(t *testing.T) {
	t.Parallel()
	modules := []Module{
		{"example.com/a", "v1.0.0", []Text{{"LICENSE", "as it is\n"}, {"sub/NOTICE", "a notice"}}},
		{"std", "go1.26", []Text{{"LICENSE", "of Go\n"}}},
	}
	want := `The commands of switchboard contain these modules, whose licences follow:

    example.com/a v1.0.0
    std go1.26

example.com/a v1.0.0, LICENSE
=============================

as it is

example.com/a v1.0.0, sub/NOTICE
================================

a notice

std go1.26, LICENSE
===================

of Go
`
	if got := string(File(modules)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestMissing checks that a module without a licence is an error.
func TestMissing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"Makefile":        "TAGS = none\n",
		"go.mod":          "module switchboard\n\ngo 1.26\n\nrequire example.com/bare v1.0.0\n\nreplace example.com/bare => ./bare\n",
		"cmd/q/main.go":   "package main\n\nimport _ \"example.com/bare\"\n\nfunc main() {}\n",
		"bare/go.mod":     "module example.com/bare\n\ngo 1.26\n",
		"bare/bare.go":    "package bare\n",
		"bare/license.go": "package bare\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	targets := []build.Target{{OS: "linux", Arch: "amd64"}}
	if modules, err := Collect(dir, targets); err == nil || err.Error() != "the module example.com/bare has no licence" {
		t.Errorf("got %v, %v", modules, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bare", "COPYING"), []byte("do what you want\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	modules, err := Collect(dir, targets)
	if err != nil || !slices.ContainsFunc(modules, func(m Module) bool {
		return m.Path == "example.com/bare" && len(m.Texts) == 1 && strings.HasPrefix(m.Texts[0].Data, "do what")
	}) {
		t.Errorf("got %v, %v", modules, err)
	}
}
