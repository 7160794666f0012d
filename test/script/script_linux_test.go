package script

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"switchboard/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

func TestScripts(t *testing.T) {
	bin := harness.Bin(t)
	peak := filepath.Join(t.TempDir(), "peak")
	if out, err := exec.Command("go", "build", "-o", peak, "../bench/peak").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cases, err := filepath.Abs("../golden/testdata/cases")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
			env.Setenv("SWITCHBOARD_CONFIG", "/dev/null")
			env.Setenv("PEAK", peak)
			// CASES has queue files that an earlier version got wrong.
			env.Setenv("CASES", cases)
			// FAR is on another filesystem, if there is one.
			if far, err := os.MkdirTemp("/dev/shm", "switchboard-script-"); err == nil {
				env.Setenv("FAR", far)
				env.Defer(func() { os.RemoveAll(far) })
			}
			return nil
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "maxrss": maxrss, "big": big, "same": same, "one": one, "tmpfs": tmpfs,
		},
	})
}

// condition knows [rooted] and [shm]. Under CI, a condition that does not hold is a
// failure, so that a script cannot pass by being skipped.
func condition(name string) (bool, error) {
	has := false
	switch name {
	case "rooted":
		has = os.Getuid() == 0
	case "shm":
		st, err := os.Stat("/dev/shm")
		has = err == nil && st.IsDir()
	default:
		return false, fmt.Errorf("what is [%s]?", name)
	}
	if !has && harness.CI() {
		return false, fmt.Errorf("[%s] does not hold", name)
	}
	return has, nil
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

// one sets a variable to the only path that a pattern matches: one VAR PATTERN.
func one(ts *testscript.TestScript, neg bool, args []string) {
	paths, err := filepath.Glob(ts.MkAbs(args[1]))
	ts.Check(err)
	if neg {
		if len(paths) > 0 {
			ts.Fatalf("%v", paths)
		}
		return
	}
	if len(paths) != 1 {
		ts.Fatalf("%s matches %v", args[1], paths)
	}
	rel, err := filepath.Rel(ts.MkAbs("."), paths[0])
	ts.Check(err)
	ts.Setenv(args[0], rel)
}

// tmpfs mounts a filesystem of KIB KiB: tmpfs KIB DIR.
func tmpfs(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.MkAbs(args[1])
	ts.Check(os.MkdirAll(dir, 0o755))
	ts.Check(syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+args[0]+"k"))
	ts.Defer(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
}
