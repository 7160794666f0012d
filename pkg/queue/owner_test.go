package queue

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// TestOwner checks the owners of files on the real filesystem. It does not run in parallel,
// because the umask belongs to the whole process.
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
			old := syscall.Umask(umask)
			base := t.TempDir()
			d, err := Create(filepath.Join(base, "in"), Options{})
			must(t, err)
			must(t, os.Chmod(d.Path(), mode))
			must(t, os.Chown(d.Path(), uid, gid))
			paths := store(t, d, text("short"), text(string(make([]byte, whole+1))))
			paths = append(paths, store(t, d, handedOn(entryAt(t, d, paths[0])))...)
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
			must(t, d.Restore(RestoreOptions{MaxRestores: 3}, func(r Outcome, err error) { must(t, err) }))
			expectOwner(t, paths[0], uid, gid, 0o640)
			c, err = d.Dequeue(id)
			must(t, err)
			must(t, c.Close())
			preserved, err := d.Preserve(id)
			must(t, err)
			expectOwner(t, preserved, uid, gid, 0o640)
			must(t, d.LockSlice(Slice{}, true))
			expectOwner(t, filepath.Join(d.Path(), lockName), uid, gid, 0o660)
			must(t, d.Close())
			st, err := os.Stat(filepath.Dir(preserved))
			must(t, err)
			if st.Mode() != os.ModeDir|os.ModeSetgid|0o770 {
				t.Errorf("umask %o: the bad queue has mode %v", umask, st.Mode())
			}
			if sys := st.Sys().(*syscall.Stat_t); int(sys.Uid) != uid || int(sys.Gid) != gid {
				t.Errorf("the bad queue is of %d:%d, not %d:%d", sys.Uid, sys.Gid, uid, gid)
			}
			syscall.Umask(old)
		}
	}
}

func expectOwner(t *testing.T, path string, uid, gid int, mode os.FileMode) {
	t.Helper()
	var st syscall.Stat_t
	must(t, syscall.Stat(path, &st))
	if int(st.Uid) != uid || int(st.Gid) != gid || os.FileMode(st.Mode&0o7777) != mode {
		t.Errorf("%s has mode %o and owner %d:%d, not %o and %d:%d", path, st.Mode&0o7777, st.Uid, st.Gid, mode, uid, gid)
	}
}

// TestOwnerOfOthers checks that a user other than root, who cannot give files away, still
// sets the group, which decides who can read them.
func TestOwnerOfOthers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		sys      fakedisk.Process
		mode     uint32
		uid, gid int
		refused  bool
	}{
		{"root", fakedisk.Process{}, 0o770, listUID, listGID, false},
		{"the owner", fakedisk.Process{UID: listUID, GID: listGID}, 0o770, listUID, listGID, false},
		{"a member", fakedisk.Process{UID: 1000, GID: 1000, Groups: []int{listGID}}, 0o770, 1000, listGID, false},
		{"a member, setgid", fakedisk.Process{UID: 1000, GID: 1000, Groups: []int{listGID}}, 0o2770, 1000, listGID, false},
		{"nobody, setgid", fakedisk.Process{UID: 1000, GID: 1000}, 0o2777, 1000, listGID, false},
		{"nobody", fakedisk.Process{UID: 1000, GID: 1000}, 0o777, 0, 0, true},
	} {
		w := newWorld()
		w.disk.Lookup("/q/in").Mode = test.mode
		test.sys.Disk = w.disk
		d, err := openWith(&test.sys, "/q/in", Options{Format: message.Mailman3})
		must(t, err)
		b := d.NewBatch(func(string) error { return nil })
		err = text("x")(b)
		if (err != nil) != test.refused {
			t.Errorf("%s: %v", test.name, err)
		}
		must(t, b.Flush())
		for name, n := range w.disk.Lookup("/q/in").Names {
			if n.UID != test.uid || n.GID != test.gid || n.Mode != 0o660 {
				t.Errorf("%s: %s has mode %o and owner %d:%d", test.name, name, n.Mode, n.UID, n.GID)
			}
		}
		if n := len(w.disk.Lookup("/q/in").Names); (n == 0) != test.refused {
			t.Errorf("%s: %d files", test.name, n)
		}
	}
}
