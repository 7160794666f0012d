package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestModule follows CONTRIBUTING in a module of somebody else: it imports the library,
// does a small job with it, and installs a command, which knows its version.
func TestModule(t *testing.T) {
	t.Parallel()
	source, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	must := func(program string, args ...string) string {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath", "GOWORK=off", "GOBIN="+filepath.Join(dir, "bin"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", program, args, err, out)
		}
		return string(out)
	}
	program, err := os.ReadFile("testdata/outside/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), program, 0o644); err != nil {
		t.Fatal(err)
	}

	must("go", "mod", "init", "example.com/outside")
	_, text, _ := strings.Cut(read(t, "CONTRIBUTING.md"), "\n## Use it from another module\n")
	text, _, _ = strings.Cut(text, "\n## ")
	ran := 0
	for line := range strings.SplitSeq(text, "\n") {
		if command, ok := strings.CutPrefix(line, "    "); ok {
			must("sh", "-c", strings.ReplaceAll(command, "$HOME/src/switchboard", source))
			ran++
		}
	}
	if ran < 3 {
		t.Fatalf("CONTRIBUTING.md has %d commands for another module", ran)
	}

	must("go", "build", "-o", "outside", ".")
	queue := filepath.Join(dir, "queue")
	want := "staff Café\nSubject: =?utf-8?q?Caf=C3=A9?=\n\nOpen at nine.\n"
	if got := must("./outside", queue); got != want {
		t.Errorf("it prints\n%s\nwant\n%s", got, want)
	}
	if left := installed(t, queue); len(left) > 0 {
		t.Errorf("it leaves %v in the queue", left)
	}
	if got := must("bin/qstat", "--version"); got != "qstat (switchboard) v0.2.0\n" {
		t.Errorf("the version is %q", got)
	}
}
