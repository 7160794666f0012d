package site

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fake is a machine below a temporary directory, with its own process table.
type fake struct {
	*testing.T
	machine
	clock time.Time
}

func newFake(t *testing.T) *fake {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{T: t, clock: time.Unix(1_700_000_000, 0)}
	f.machine = machine{
		root:     root,
		now:      func() time.Time { return f.clock },
		hostname: func() (string, error) { return "mx1", nil },
		procs: processes{dir: root + "/proc", kill: func(pid int) error {
			if _, err := os.Stat(fmt.Sprintf("%s/proc/%d", root, pid)); err != nil {
				return syscall.ESRCH
			}
			return nil
		}},
	}
	// The machine has been up for a day.
	f.write("/proc/stat", fmt.Sprintf("cpu 1 2 3\nbtime %d\n", f.clock.Add(-24*time.Hour).Unix()))
	f.link("/proc/self/ns/pid", initialNamespace)
	f.process(1, "/sbin/init")
	f.write("/etc/hosts", "127.0.0.1 localhost\n10.1.1.1 mail.example.com mx1 # us\n")
	return f
}

// write writes a file that is an hour old.
func (f *fake) write(path, text string) { f.writeAt(path, text, f.clock.Add(-time.Hour)) }

func (f *fake) writeAt(path, text string, at time.Time) {
	f.Helper()
	f.mkdir(filepath.Dir(path))
	if err := os.WriteFile(f.root+path, []byte(text), 0o644); err != nil {
		f.Fatal(err)
	}
	if err := os.Chtimes(f.root+path, at, at); err != nil {
		f.Fatal(err)
	}
}

// lock writes a lock that a process holds and has refreshed before the given time.
func (f *fake) lock(path, text string, ago time.Duration) {
	f.writeAt(path, text, f.clock.Add(lockLife-ago))
}

func (f *fake) mkdir(path string) {
	f.Helper()
	if err := os.MkdirAll(f.root+path, 0o755); err != nil {
		f.Fatal(err)
	}
}

// link makes a link. An absolute target is a path on the fake machine.
func (f *fake) link(path, target string) {
	f.Helper()
	f.mkdir(filepath.Dir(path))
	if filepath.IsAbs(target) {
		target = f.root + target
	}
	if err := os.Symlink(target, f.root+path); err != nil {
		f.Fatal(err)
	}
}

// process starts a process two hours ago, as root.
func (f *fake) process(pid int, argv ...string) {
	f.processAt(pid, 2*time.Hour, "0", "", argv...)
}

// processAt starts a process before the given time. inner are its numbers in inner
// namespaces.
func (f *fake) processAt(pid int, ago time.Duration, uid, inner string, argv ...string) {
	f.Helper()
	f.hide(pid)
	dir := fmt.Sprintf("/proc/%d", pid)
	f.write(dir+"/cmdline", strings.Join(append(argv, ""), "\x00"))
	f.write(dir+"/status", fmt.Sprintf("Name:\tsome name\nState:\tS (sleeping)\nUid:\t%[2]s\t%[2]s\t%[2]s\t%[2]s\n"+
		"Gid:\t%[2]s\t%[2]s\t%[2]s\t%[2]s\nGroups:\t \nNSpid:\t%[1]d%[3]s\n", pid, uid, inner))
	ticks := (24*time.Hour - ago) / (time.Second / 100)
	f.write(dir+"/stat", fmt.Sprintf("%d (some (name) S 1 1 1 0 -1 4194304 95 0 0 0 0 0 0 0 20 0 1 0 %d 3133440", pid, ticks))
	f.write(dir+"/environ", "HOME=/root\x00")
	f.link(dir+"/root", "/")
	f.link(dir+"/cwd", "/")
}

// environment replaces the environment of a process.
func (f *fake) environment(pid int, settings ...string) {
	f.write(fmt.Sprintf("/proc/%d/environ", pid), strings.Join(append(settings, ""), "\x00"))
}

// hide removes what only root and the user of a process can see.
func (f *fake) hide(pid int) {
	for _, name := range []string{"environ", "root", "cwd"} {
		os.RemoveAll(fmt.Sprintf("%s/proc/%d/%s", f.root, pid, name))
	}
}
