package kill

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"switchboard/test/harness"
)

// nfs4 fails the calls that fail on an NFS 4 mount of Linux: an exclusive lock on a file that is
// open only for reading, and a rename with conditions.
func nfs4(c *call) verdict {
	switch c.name {
	case "flock":
		if c.args[1]&unix.LOCK_EX != 0 && accessMode(c.tid, int(c.args[0])) == unix.O_RDONLY && regular(c.on) {
			return verdict{errno: unix.EBADF}
		}
	case "renameat2":
		if c.args[4] != 0 {
			return verdict{errno: unix.EINVAL}
		}
	}
	return verdict{}
}

// accessMode returns how a process has a descriptor open.
func accessMode(pid, fd int) int {
	if flags := flagsOf(pid, fd); flags >= 0 {
		return flags & unix.O_ACCMODE
	}
	return -1
}

// flagsOf returns the flags with which a process has a descriptor open, or -1.
func flagsOf(pid, fd int) int {
	info, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", pid, fd))
	if err != nil {
		return -1
	}
	return openFlags(string(info))
}

// openFlags reads the flags of a descriptor from what proc(5) shows.
func openFlags(fdinfo string) int {
	_, rest, _ := strings.Cut(fdinfo, "flags:\t")
	flags, err := strconv.ParseInt(strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0]), 8, 32)
	if err != nil {
		return -1
	}
	return int(flags)
}

func regular(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}

// TestNFS checks that each command does the same on NFS 4 as elsewhere.
func TestNFS(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.rules = nfs4
	b.each(t, scenarios(), func(t *testing.T, b *bench, s *scenario) { b.onceUndisturbed(t, s) })
}

// TestKillOnNFS kills each command at its system calls there; CI tries one in eleven. The next run
// repairs whatever is left.
func TestKillOnNFS(t *testing.T) {
	t.Parallel()
	harness.Long(t)
	b := newBench(t)
	b.rules = nfs4
	all := slices.DeleteFunc(scenarios(), func(s scenario) bool {
		return s.command == "qstat" || s.command == "qcat" || s.calls != 0 || s.openFiles != 0 || strings.HasPrefix(s.name, "deep")
	})
	b.each(t, all, func(t *testing.T, b *bench, s *scenario) {
		kills := harness.NewSample(t, s.command+s.name, 11)
		for n := range b.undisturbed(t, s) {
			if !kills.Has() {
				continue
			}
			b.untilFired(t, s, func(try int) bool { return b.killAt(t, s, nearby(n, try), sameCommand) })
			if t.Failed() {
				return
			}
		}
	})
}

// TestInheritedLock checks that COMMAND cannot write to its entry, and that it shares the lock
// that keeps qrestore away.
func TestInheritedLock(t *testing.T) {
	t.Parallel()
	for name, rules := range map[string]func(*call) verdict{"local": nil, "nfs": nfs4} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			seen := filepath.Join(b.base, "fdinfo")
			s := &scenario{
				name: "look", command: "qrun", mails: these(moves(ready, at(gone, 0))),
				args: handler("cat /proc/self/fdinfo/3 >" + seen),
			}
			w := b.world(t, s)
			defer w.remove()
			b.rules = rules
			if r, _ := w.run(t, s, s.args(w), b.rule); r.Status != 0 {
				t.Fatalf("status %d: %s", r.Status, r.Err)
			}
			info, err := os.ReadFile(seen)
			if err != nil {
				t.Fatal(err)
			}
			if mode := openFlags(string(info)) & unix.O_ACCMODE; mode != unix.O_RDONLY {
				t.Errorf("COMMAND's descriptor 3 is open with %o", mode)
			}
			if !strings.Contains(string(info), "FLOCK") {
				t.Errorf("COMMAND's descriptor 3 has no lock: %s", info)
			}
		})
	}
}
