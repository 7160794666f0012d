package queue

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// listsQueue makes a queue of the user list, in a directory of the same user. outside is
// a directory of root's elsewhere.
func listsQueue(t *testing.T, states ...State) (d *Dir, base, outside string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	d = realQueue(t, Options{}, states...)
	base = filepath.Dir(d.Path())
	must(t, os.Chown(base, listUID, listGID))
	must(t, os.Chown(d.Path(), listUID, listGID))
	return d, base, t.TempDir()
}

// plant makes a link as the user uid.
func plant(t *testing.T, to, path string, uid int) {
	t.Helper()
	must(t, os.Symlink(to, path))
	must(t, os.Lchown(path, uid, uid))
}

// TestPlantedBadQueue checks that the owner of a queue cannot make root put files where
// the owner could not.
func TestPlantedBadQueue(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name            string
		linkOf, ownerOf int
		refused         bool
	}{
		{"a link of the owner's", listUID, 0, true},
		{"a link of the owner's to his own", listUID, listUID, true},
		{"a link of root's to root's", 0, 0, true},
		{"a link of root's", 0, listUID, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, _, outside := listsQueue(t, InFlight, Ready)
			must(t, os.WriteFile(outside+"/file", nil, 0o600))
			must(t, os.Chown(outside, test.ownerOf, test.ownerOf))
			plant(t, outside, bad(d), test.linkOf)
			_, err := d.Preserve(testID(0))
			told := outcomes(t, d, RestoreOptions{MaxRestores: 1})
			if !test.refused {
				must(t, err)
				expectNames(t, outside, "a.psv file")
				return
			}
			if !errors.Is(err, fs.ErrPermission) || !errors.Is(told[testID(0)].err, fs.ErrPermission) {
				t.Errorf("preserved: %v, restored: %v", err, told[testID(0)].err)
			}
			expectNames(t, outside, "file")
			expectNames(t, d.Path(), "a.bak b.pck")
			must(t, os.Remove(bad(d)))
			plant(t, outside, filepath.Join(filepath.Dir(d.Path()), "shunt"), test.linkOf)
			if err := d.CanShunt(); !errors.Is(err, fs.ErrPermission) {
				t.Errorf("can shunt: %v", err)
			}
			c, err := d.Dequeue(testID(1))
			must(t, err)
			defer c.Close()
			if _, err := c.Shunt(); !errors.Is(err, fs.ErrPermission) {
				t.Errorf("shunted: %v", err)
			}
			expectNames(t, outside, "file")
		})
	}
}

// TestNamedLink checks that root follows a link in a path that a person named, unless the
// owner of the queue made it, and it leads to where the owner could not write.
func TestNamedLink(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name            string
		linkOf, ownerOf int
		mode            os.FileMode
		refused         bool
	}{
		{"a link of root's to another's", 0, listUID, 0o700, false},
		{"a link of root's to root's", 0, 0, 0o700, false},
		{"a link of the owner's to his own", listUID, listUID, 0o700, false},
		{"a link of the owner's to his group's", listUID, 0, 0o770, false},
		{"a link of the owner's to root's", listUID, 0, 0o750, true},
		{"a link of the owner's to another's", listUID, listUID + 1, 0o700, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, base, outside := listsQueue(t, InFlight)
			must(t, os.Chown(outside, test.ownerOf, listGID))
			must(t, os.Chmod(outside, test.mode))
			must(t, os.Mkdir(outside+"/below", 0o700))
			must(t, os.Chown(outside+"/below", test.ownerOf, listGID))
			plant(t, outside, base+"/named", test.linkOf)
			must(t, os.Lchown(base+"/named", test.linkOf, listGID))
			d.opt.Bad = base + "/named"
			_, err := d.Preserve(testID(0))
			_, below := Open(base+"/named/below", Options{})
			_, made := Create(base+"/named/new", Options{})
			if !test.refused {
				must(t, err)
				must(t, made)
				expectNames(t, outside, "a.psv below new")
				return
			}
			if !errors.Is(err, fs.ErrPermission) || !errors.Is(below, fs.ErrPermission) || !errors.Is(made, fs.ErrPermission) {
				t.Errorf("preserved: %v, below: %v, made: %v", err, below, made)
			}
			expectNames(t, outside, "below")
		})
	}
}

// TestBadQueueNotYetGiven checks that a bad queue is used even if the process that made
// it was killed before it gave the directory to the queue's owner.
func TestBadQueueNotYetGiven(t *testing.T) {
	t.Parallel()
	d, _, _ := listsQueue(t, InFlight)
	must(t, os.Mkdir(bad(d), 0o700))
	_, err := d.Preserve(testID(0))
	must(t, err)
	expectNames(t, bad(d), "a.psv")
	info, err := os.Stat(bad(d))
	must(t, err)
	if st := info.Sys().(*syscall.Stat_t); int(st.Uid) != listUID || int(st.Gid) != listGID {
		t.Errorf("the bad queue is of %d:%d", st.Uid, st.Gid)
	}
}

// TestRootsDirectoryIsKept checks that a directory of root's is not given to the queue's
// owner, even if it is empty. An entry may name such a directory, and a link of root's
// may lead to one.
func TestRootsDirectoryIsKept(t *testing.T) {
	t.Parallel()
	for name, lead := range map[string]func(d *Dir, base, outside string) message.Item{
		"a note": func(_ *Dir, _, outside string) message.Item {
			return message.Item{Key: movingToKey, Value: outside}
		},
		"a whichq": func(_ *Dir, base, _ string) message.Item {
			return message.Item{Key: "whichq", Value: base + "/roots"}
		},
		"a link": func(d *Dir, _, outside string) message.Item {
			plant(t, outside, bad(d), 0)
			return message.Item{Key: "x", Value: "y"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, base, outside := listsQueue(t)
			must(t, os.Mkdir(base+"/roots", 0o755))
			writeEntry(t, d.Path(), testID(0), InFlight, entryFile(message.Mailman2, mailText(0), lead(d, base, outside)))
			_, err := d.Preserve(testID(0))
			if name == "a whichq" {
				must(t, err)
				q, err := d.openBad()
				must(t, err)
				writeEntry(t, q.Path(), testID(1), Preserved, entryFile(message.Mailman2, mailText(1), lead(d, base, outside)))
				if _, err := q.Origin(testID(1), Preserved, readContent(t, q, testID(1), Preserved), nil); !errors.Is(err, fs.ErrPermission) {
					t.Errorf("origin: %v", err)
				}
			} else if !errors.Is(err, fs.ErrPermission) {
				t.Errorf("preserved: %v", err)
			}
			for _, path := range []string{outside, base + "/roots"} {
				expectNames(t, path, "")
				info, err := os.Stat(path)
				must(t, err)
				if uid := info.Sys().(*syscall.Stat_t).Uid; uid != 0 {
					t.Errorf("%s was given to %d", path, uid)
				}
			}
		})
	}
}

// TestPlantedOrigin checks that root does not follow a link that a whichq names, because
// a whichq is data.
func TestPlantedOrigin(t *testing.T) {
	t.Parallel()
	d, base, outside := listsQueue(t)
	must(t, os.WriteFile(outside+"/file", nil, 0o600))
	plant(t, outside, base+"/planted", listUID)
	plant(t, filepath.Dir(d.Path()), base+"/own", listUID)
	for n, test := range []struct {
		which string
		known map[string]Known
		want  error
	}{
		{"planted", nil, fs.ErrPermission},
		{base + "/planted", nil, fs.ErrPermission},
		{"/gone/planted", nil, fs.ErrPermission},
		{"planted", map[string]Known{"planted": {Path: base + "/planted", Listed: true}}, fs.ErrPermission},
		{outside, map[string]Known{"x": {Path: outside, Listed: true}}, fs.ErrPermission},
		{outside, map[string]Known{"x": {Path: outside}}, nil},
	} {
		id := testID(n)
		writeEntry(t, d.Path(), id, Ready, entryFile(message.Mailman2, mailText(n), message.Item{Key: "whichq", Value: test.which}))
		origin, err := d.Origin(id, Ready, readContent(t, d, id, Ready), test.known)
		if err == nil {
			var q Queue
			if q, err = d.OpenOrigin(origin, Options{}); err == nil {
				q.Close()
			}
		}
		if !errors.Is(err, test.want) || test.want == nil && err != nil {
			t.Errorf("whichq %s: %v, want %v", test.which, err, test.want)
		}
	}
}

// TestLinksOfOthers checks that users other than root follow all links, and that root
// does so only in its own queues.
func TestLinksOfOthers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		uid, owner int
		refused    bool
	}{
		{"the owner", listUID, listUID, false},
		{"root in its own", 0, 0, false},
		{"root in another's", 0, listUID, true},
	} {
		w := newWorld()
		w.disk.Lookup("/q").UID, w.disk.Lookup("/q/in").UID = test.owner, test.owner
		w.disk.Lookup("/far/bad").UID = listUID
		w.disk.Place("/q/shunt", 0o120000, 0o777, listUID, listGID).Target = "/far/bad"
		d, err := openWith(&fakedisk.Process{Disk: w.disk, UID: test.uid, GID: listGID}, "/q/in", Options{})
		must(t, err)
		shunt, err := d.openShunt()
		if errors.Is(err, fs.ErrPermission) != test.refused || !test.refused && err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if err == nil && shunt.dir.(*fakedisk.Dir).Inode.Path != "/far/bad" {
			t.Errorf("%s: %s", test.name, shunt.dir.(*fakedisk.Dir).Inode.Path)
		}
	}
}
