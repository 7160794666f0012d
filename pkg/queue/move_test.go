package queue

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
	"switchboard/pkg/queue/internal/disk/disktest"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// move moves one entry.
func move(d *Dir, id ID, o MoveOptions) (one Outcome, failed error) {
	d.Move([]ID{id}, o, func(r Outcome, err error) { one, failed = r, err })
	return one, failed
}

func TestMove(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready, Preserved)
	base := filepath.Dir(d.Path())
	before, err := os.ReadFile(d.EntryPath(testID(0), Ready))
	must(t, err)
	writeEntry(t, d.Path(), testID(1), Preserved, entryFile(message.Mailman2, mailText(1), counted(3)))
	for n, from := range []State{Ready, Preserved} {
		o := MoveOptions{From: from, Beside: "hold", DryRun: true}
		to := filepath.Join(base, "hold", testID(n).Name(Ready))
		if one, err := move(d, testID(n), o); err != nil || one.To != to {
			t.Errorf("a dry run says %+v, %v", one, err)
		}
		if _, err := os.Stat(filepath.Dir(to)); n == 0 && err == nil {
			t.Error("a dry run made the queue")
		}
		o.DryRun = false
		if one, err := move(d, testID(n), o); err != nil || one.To != to {
			t.Errorf("moved: %+v, %v", one, err)
		}
		if _, err := move(d, testID(n), o); !errors.Is(err, ErrState) {
			t.Errorf("moved twice: %v", err)
		}
	}
	hold, err := Open(filepath.Join(base, "hold"), Options{})
	must(t, err)
	defer hold.Close()
	expectNames(t, d.Path(), "")
	expectNames(t, hold.Path(), "a.pck b.pck")
	after, err := os.ReadFile(hold.EntryPath(testID(0), Ready))
	must(t, err)
	if string(before) != string(after) {
		t.Error("the move changed the file")
	}
	if n := readContent(t, hold, testID(1), Ready).Restores(); n != 0 {
		t.Errorf("restored %d times after it was preserved", n)
	}
	if _, err := move(hold, testID(0), MoveOptions{From: Ready, To: hold}); !errors.Is(err, ErrConflict) {
		t.Errorf("moved to its own queue: %v", err)
	}
}

// TestMoveConflict checks that an entry does not move to where any file has its name:
// Mailman would overwrite that file sooner or later.
func TestMoveConflict(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{".pck", ".bak", ".psv", ".pck.tmp", ".db"} {
		d := realQueue(t, Options{}, Ready)
		hold, err := Create(filepath.Join(filepath.Dir(d.Path()), "hold"), Options{})
		must(t, err)
		other := filepath.Join(hold.Path(), testID(0).String()+ext)
		must(t, os.WriteFile(other, []byte("another"), 0o600))
		for _, dry := range []bool{true, false} {
			if _, err := move(d, testID(0), MoveOptions{From: Ready, To: hold, DryRun: dry}); !errors.Is(err, ErrConflict) {
				t.Errorf("%s: %v", ext, err)
			}
		}
		expectNames(t, d.Path(), "a.pck")
		if content, err := os.ReadFile(other); err != nil || string(content) != "another" {
			t.Errorf("%s is %q, %v", ext, content, err)
		}
		must(t, hold.Close())
	}
}

// TestMoveGives checks that root gives an entry that its new owner could not read to that
// owner, but no other file, and none that has another name: whoever writes to a queue could
// put a file of root's there to get it.
func TestMoveGives(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(path string) error{
		"":                     func(path string) error { return nil },
		"another name":         func(path string) error { return os.Link(path, filepath.Dir(filepath.Dir(path))+"/other") },
		"what is not an entry": func(path string) error { return os.WriteFile(path, []byte("secret"), 0o600) },
	} {
		d, base, _ := listsQueue(t, Ready)
		must(t, os.Mkdir(base+"/hold", 0o700))
		must(t, os.Chown(base+"/hold", listUID, listGID))
		path := d.EntryPath(testID(0), Ready)
		must(t, put(path))
		must(t, os.Chown(path, 0, 0))
		must(t, os.Chmod(path, 0o600))
		_, err := move(d, testID(0), MoveOptions{From: Ready, Beside: "hold"})
		if name == "" {
			must(t, err)
			expectOwner(t, base+"/hold/"+filepath.Base(path), listUID, listGID, 0o660)
			continue
		}
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v", name, err)
		}
		expectOwner(t, path, 0, 0, 0o600)
	}
}

// TestMoveLocked checks that an entry which another process claims stays.
func TestMoveLocked(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready)
	held, err := os.Open(d.EntryPath(testID(0), Ready))
	must(t, err)
	defer held.Close()
	must(t, syscall.Flock(int(held.Fd()), syscall.LOCK_EX))
	if _, err := move(d, testID(0), MoveOptions{From: Ready, Beside: "hold"}); !errors.Is(err, ErrBusy) {
		t.Errorf("moved: %v", err)
	}
	if err := discard(d, testID(0), DiscardOptions{From: Ready}); !errors.Is(err, ErrBusy) {
		t.Errorf("discarded: %v", err)
	}
	expectNames(t, d.Path(), "a.pck")
}

// TestMovePair checks that neither half of an old pair moves or is discarded alone.
func TestMovePair(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready)
	must(t, os.WriteFile(filepath.Join(d.Path(), testID(0).String()+pairExt), nil, 0o600))
	if _, err := move(d, testID(0), MoveOptions{From: Ready, Beside: "hold"}); !errors.Is(err, ErrStray) {
		t.Errorf("moved: %v", err)
	}
	if err := discard(d, testID(0), DiscardOptions{From: Ready}); !errors.Is(err, ErrStray) {
		t.Errorf("discarded: %v", err)
	}
	expectNames(t, d.Path(), "a.db a.pck")
}

func TestMoveTouches(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready, Ready)
	old := time.Now().Add(-10 * 24 * time.Hour).Truncate(time.Second)
	for n, touch := range []bool{true, false} {
		must(t, os.Chtimes(d.EntryPath(testID(n), Ready), old, old))
		one, err := move(d, testID(n), MoveOptions{From: Ready, Beside: "shunt", Touch: touch})
		must(t, err)
		st, err := os.Stat(one.To)
		must(t, err)
		if touched := !st.ModTime().Equal(old); touched != touch {
			t.Errorf("touch %v, and the file's time is %v", touch, st.ModTime())
		}
	}
}

// TestMoveFar moves entries to another filesystem.
func TestMoveFar(t *testing.T) {
	t.Parallel()
	base := disktest.OtherFilesystem(t)
	if base == "" {
		skip(t, "there is no other filesystem")
	}
	d := realQueue(t, Options{}, Ready, Preserved, Ready)
	writeEntry(t, d.Path(), testID(2), Ready, []byte("U\x04text no pickle"))
	far, err := Create(filepath.Join(base, "hold"), Options{})
	must(t, err)
	defer far.Close()
	no := errors.New("refused")
	for _, dry := range []bool{true, false} {
		_, err := move(d, testID(0), MoveOptions{From: Ready, To: far, Far: func() error { return no }, DryRun: dry})
		if !errors.Is(err, no) {
			t.Errorf("not refused: %v", err)
		}
	}
	expectNames(t, d.Path(), "a.pck b.psv c.pck")
	for n, from := range []State{Ready, Preserved} {
		one, err := move(d, testID(n), MoveOptions{From: from, To: far})
		must(t, err)
		if one.To != far.EntryPath(testID(n), Ready) {
			t.Errorf("moved to %s", one.To)
		}
		e := entryAt(t, far, one.To)
		if messageOf(t, e) != mailText(n) {
			t.Errorf("the message is %q", messageOf(t, e))
		}
	}
	if _, err := move(d, testID(2), MoveOptions{From: Ready, To: far}); !errors.Is(err, ErrMalformed) {
		t.Errorf("one that cannot be read: %v", err)
	}
	expectNames(t, d.Path(), "c.pck")
	expectNames(t, far.Path(), "a.pck b.pck")
}

// TestListed checks that entries which have gone since they were listed are passed
// over in silence.
func TestListed(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready)
	told := 0
	d.Move([]ID{testID(0), testID(1)}, MoveOptions{From: Ready, Beside: "hold", Listed: true}, func(_ Outcome, err error) {
		must(t, err)
		told++
	})
	tell := func(Outcome, error) { told++ }
	d.Discard([]ID{testID(0)}, DiscardOptions{From: Ready, Listed: true}, tell)
	d.RestoreEntries([]ID{testID(0)}, RestoreOptions{Listed: true}, tell)
	d.ReleaseEntries([]ID{testID(0)}, ReleaseOptions{From: Preserved, Listed: true}, tell)
	if told != 1 {
		t.Errorf("%d outcomes", told)
	}
}

// TestMoveAccess checks who must be able to read an entry where it goes.
func TestMoveAccess(t *testing.T) {
	t.Parallel()
	const other = 1000
	for _, test := range []struct {
		name                        string
		root                        bool
		mode                        uint32
		uid, gid, queueUID, queueID int
		refused                     bool
		wantMode                    uint32
		wantUID, wantGID            int
	}{
		{"by its owner", false, 0o600, listUID, listGID, listUID, listGID, false, 0o600, listUID, listGID},
		{"by its group", false, 0o640, other, listGID, listUID, listGID, false, 0o640, other, listGID},
		{"by everybody", false, 0o644, other, other, listUID, listGID, false, 0o644, other, other},
		{"by nobody there", false, 0o660, other, other, listUID, listGID, true, 0o660, other, other},
		{"not by its owner", false, 0o060, listUID, listGID, listUID, listGID, true, 0o060, listUID, listGID},
		{"by the group of a queue of root's", false, 0o640, other, listGID, 0, listGID, false, 0o640, other, listGID},
		{"not by the group of a queue of root's", false, 0o600, other, listGID, 0, listGID, true, 0o600, other, listGID},
		{"root's own", true, 0o600, 0, 0, 0, 0, false, 0o600, 0, 0},
		{"given by root", true, 0o600, 0, 0, listUID, listGID, false, 0o660, listUID, listGID},
		{"kept by root", true, 0o640, other, listGID, listUID, listGID, false, 0o640, other, listGID},
	} {
		w := newWorld()
		w.disk.Lookup("/q").Mode = 0o2777
		w.disk.Lookup("/q/in").Mode = 0o2777
		queue := w.disk.Mkdir("/q/out", test.queueUID, test.queueID)
		queue.Mode = 0o2777
		n := w.disk.Put(ready.path(testID(0)), entryFile(message.Mailman2, mailText(0)), test.uid, test.gid)
		n.Mode = test.mode
		sys := &fakedisk.Process{Disk: w.disk, ID: 1}
		if !test.root {
			sys.UID, sys.GID, sys.Groups = test.uid, test.gid, []int{test.gid}
			if test.mode&0o600 == 0 {
				sys.UID = other
			}
		}
		d, err := openWith(sys, "/q/in", Options{})
		must(t, err)
		out, err := openWith(sys, "/q/out", Options{})
		must(t, err)
		_, err = move(d, testID(0), MoveOptions{From: Ready, To: out})
		if errors.Is(err, fs.ErrPermission) != test.refused || err != nil && !test.refused {
			t.Errorf("%s: %v", test.name, err)
		}
		if n.Mode != test.wantMode || n.UID != test.wantUID || n.GID != test.wantGID {
			t.Errorf("%s: has mode %o and owner %d:%d", test.name, n.Mode, n.UID, n.GID)
		}
		if there := w.disk.Lookup("/q/out/"+testID(0).Name(Ready)) != nil; there == test.refused {
			t.Errorf("%s: moved: %v", test.name, there)
		}
	}
}

// TestMoveBesidePlanted checks that root does not follow a link that the queue's owner made
// in place of the other queue.
func TestMoveBesidePlanted(t *testing.T) {
	t.Parallel()
	d, base, outside := listsQueue(t, Ready)
	plant(t, outside, filepath.Join(base, "hold"), listUID)
	if _, err := move(d, testID(0), MoveOptions{From: Ready, Beside: "hold"}); !errors.Is(err, disk.ErrPlanted) {
		t.Errorf("%v", err)
	}
	expectNames(t, d.Path(), "a.pck")
	expectNames(t, outside, "")
}
