package script

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"switchboard/test/harness"
	"switchboard/test/harness/story"
)

func TestMain(m *testing.M) { harness.Main(m) }

func TestScripts(t *testing.T) {
	setup := story.Setup(t)
	cases, err := filepath.Abs("../golden/testdata/cases")
	if err != nil {
		t.Fatal(err)
	}
	cmds := maps.Clone(story.Commands)
	cmds["one"], cmds["tmpfs"] = one, tmpfs
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			setup(env)
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
		Cmds:      cmds,
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
