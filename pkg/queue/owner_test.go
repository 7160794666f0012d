package queue

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"switchboard/pkg/message"
)

// TestOwner checks on the real filesystem whose the files are. The umask is
// the process's: this test runs alone.
func TestOwner(t *testing.T) {
	uid, gid := os.Getuid(), os.Getgid()
	switch groups, err := os.Getgroups(); {
	case uid == 0:
		uid, gid = 38, 39 // Debian's list:list
	case err == nil:
		if i := slices.IndexFunc(groups, func(g int) bool { return g != gid }); i >= 0 {
			gid = groups[i]
		}
	}
	for _, umask := range []int{0o077, 0o022, 0} {
		for _, mode := range []os.FileMode{os.ModeSetgid | 0o770, 0o770} {
			old := unix.Umask(umask)
			base := t.TempDir()
			d, err := Create(filepath.Join(base, "in"), Options{})
			must(t, err)
			must(t, os.Chmod(d.Path(), mode))
			must(t, os.Chown(d.Path(), uid, gid))
			paths := store(t, d, text("short"), text(string(make([]byte, whole+1))))
			paths = append(paths, store(t, d, Message{From: entryAt(t, d, paths[0])})...)
			for _, path := range paths {
				expectOwner(t, path, uid, gid, 0o660)
			}
			id, _ := SplitName(filepath.Base(paths[0]))
			c, err := d.Dequeue(id)
			must(t, err)
			must(t, c.Close())
			must(t, os.Chmod(c.Path(), 0o640))
			backup := filepath.Join(base, "backup")
			must(t, os.Link(c.Path(), backup))
			must(t, d.Restore(RestoreOptions{MaxRestores: 3}, func(r Restored, err error) { must(t, err) }))
			expectOwner(t, paths[0], uid, gid, 0o640)
			c, err = d.Dequeue(id)
			must(t, err)
			must(t, c.Close())
			aside, err := d.Preserve(id)
			must(t, err)
			expectOwner(t, aside, uid, gid, 0o640)
			must(t, d.LockSlice(Slice{}, true))
			expectOwner(t, filepath.Join(d.Path(), lockName), uid, gid, 0o660)
			must(t, d.Close())
			st, err := os.Stat(filepath.Dir(aside))
			must(t, err)
			if st.Mode() != os.ModeDir|os.ModeSetgid|0o770 {
				t.Errorf("umask %o: the bad queue has mode %v", umask, st.Mode())
			}
			if sys := st.Sys().(*syscall.Stat_t); int(sys.Uid) != uid || int(sys.Gid) != gid {
				t.Errorf("the bad queue is of %d:%d, not %d:%d", sys.Uid, sys.Gid, uid, gid)
			}
			unix.Umask(old)
		}
	}
}

func expectOwner(t *testing.T, path string, uid, gid int, mode os.FileMode) {
	t.Helper()
	var st unix.Stat_t
	must(t, unix.Stat(path, &st))
	if int(st.Uid) != uid || int(st.Gid) != gid || os.FileMode(st.Mode&0o7777) != mode {
		t.Errorf("%s has mode %o and owner %d:%d, not %o and %d:%d", path, st.Mode&0o7777, st.Uid, st.Gid, mode, uid, gid)
	}
}

// TestOwnerOfOthers: who is not root cannot give files away; the group is what
// decides who can read them.
func TestOwnerOfOthers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		sys      memSystem
		mode     uint32
		uid, gid int
		refused  bool
	}{
		{"root", memSystem{}, 0o770, listUID, listGID, false},
		{"the owner", memSystem{uid: listUID, gid: listGID}, 0o770, listUID, listGID, false},
		{"a member", memSystem{uid: 1000, gid: 1000, groups: []int{listGID}}, 0o770, 1000, listGID, false},
		{"a member, setgid", memSystem{uid: 1000, gid: 1000, groups: []int{listGID}}, 0o2770, 1000, listGID, false},
		{"nobody, setgid", memSystem{uid: 1000, gid: 1000}, 0o2777, 1000, listGID, false},
		{"nobody", memSystem{uid: 1000, gid: 1000}, 0o777, 0, 0, true},
	} {
		w := newWorld()
		w.disk.lookup("/q/in").mode = test.mode
		test.sys.disk = w.disk
		d, err := openWith(&test.sys, "/q/in", Options{Format: message.Mailman3})
		must(t, err)
		b := d.NewBatch(func(string) error { return nil })
		err = b.Add(text("x"))
		if (err != nil) != test.refused {
			t.Errorf("%s: %v", test.name, err)
		}
		must(t, b.Flush())
		for name, n := range w.disk.lookup("/q/in").names {
			if n.uid != test.uid || n.gid != test.gid || n.mode != 0o660 {
				t.Errorf("%s: %s has mode %o and owner %d:%d", test.name, name, n.mode, n.uid, n.gid)
			}
		}
		if n := len(w.disk.lookup("/q/in").names); (n == 0) != test.refused {
			t.Errorf("%s: %d files", test.name, n)
		}
	}
}
