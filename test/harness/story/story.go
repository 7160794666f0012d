// Package story has what the stories of testscript need besides its own commands: to check an
// exit status, to measure memory, and to make and compare large messages.
package story

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"switchboard/test/checkout"
	"switchboard/test/harness"
)

// Commands are the commands for testscript.Params.
var Commands = map[string]func(*testscript.TestScript, bool, []string){
	"status": status, "maxrss": maxrss, "big": big, "same": same,
}

// Setup returns a function that gives each story the built commands in PATH, no configuration,
// and what maxrss needs.
func Setup(tb testing.TB) func(*testscript.Env) {
	tb.Helper()
	bin := harness.Bin(tb)
	peak := filepath.Join(tb.TempDir(), "peak")
	root, err := checkout.Root()
	if err != nil {
		tb.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", peak, "./test/bench/peak")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	return func(env *testscript.Env) {
		env.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		env.Setenv("SWITCHBOARD_CONFIG", "/dev/null")
		env.Setenv("PEAK", peak)
	}
}

// status runs a program and checks its exit status: status N PROGRAM ARG...
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		if got = exitStatus(err); got < 0 {
			ts.Fatalf("%v", err)
		}
	}
	if got != want {
		ts.Fatalf("status %d, not %d", got, want)
	}
}

func exitStatus(err error) int {
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	return -1
}

// maxrss runs a program that must succeed with at most MIB MiB resident: maxrss MIB PROGRAM
// ARG...
func maxrss(ts *testscript.TestScript, neg bool, args []string) {
	limit, err := strconv.Atoi(args[0])
	ts.Check(err)
	path, err := exec.LookPath(filepath.Join(binDir(ts), args[1]))
	ts.Check(err)
	ts.Check(ts.Exec(ts.Getenv("PEAK"), append([]string{path}, args[2:]...)...))
	words := strings.Fields(ts.ReadFile("stderr"))
	if len(words) == 0 {
		ts.Fatalf("no figure")
	}
	kib, err := strconv.Atoi(words[len(words)-1])
	ts.Check(err)
	ts.Logf("%d KiB resident", kib)
	if kib > limit<<10 {
		ts.Fatalf("%d KiB resident, more than %d MiB", kib, limit)
	}
}

func binDir(ts *testscript.TestScript) string {
	dir, _, _ := strings.Cut(ts.Getenv("PATH"), string(os.PathListSeparator))
	return dir
}

// big makes a message of MB megabytes: big MB FILE.
func big(ts *testscript.TestScript, neg bool, args []string) {
	mb, err := strconv.Atoi(args[0])
	ts.Check(err)
	line := strings.Repeat("0123456789", 7) + "\xe9\n"
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte("Subject: big\n\n"+strings.Repeat(line, mb*1_000_000/len(line))), 0o644))
}

// same checks that two files have the same bytes, and does not print them: same FILE FILE.
func same(ts *testscript.TestScript, neg bool, args []string) {
	if ts.ReadFile(args[0]) != ts.ReadFile(args[1]) {
		ts.Fatalf("%s and %s differ", args[0], args[1])
	}
}
