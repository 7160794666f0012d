package queue

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// mutant is a mistake that a library could make, made in the calls on their
// way to the disk.
type mutant struct {
	name string
	// in is how the names begin of the scenarios that must notice it.
	in string
	// links says that the disk is one of onLinks, and that the system knows it.
	links bool
	// make gives the hook of one run.
	make func() func(*memDisk, call) verdict
}

// dropping leaves out all calls of a kind on objects that end in suffix.
func dropping(op, suffix string) func() func(*memDisk, call) verdict {
	return func() func(*memDisk, call) verdict {
		return func(_ *memDisk, c call) verdict {
			return verdict{pretend: c.op == op && strings.HasSuffix(c.object, suffix)}
		}
	}
}

// droppingNth leaves out the n-th sync of each file.
func droppingNth(n int) func() func(*memDisk, call) verdict {
	return func() func(*memDisk, call) verdict {
		seen := map[*inode]int{}
		return func(_ *memDisk, c call) verdict {
			if c.op != "sync" {
				return verdict{}
			}
			seen[c.file]++
			return verdict{pretend: seen[c.file] == n}
		}
	}
}

// delaying does calls of a kind on a file late: before the next call that ends
// the delay, or right after it.
func delaying(op, suffix, until string, after bool, do func(*memDisk, *inode)) func() func(*memDisk, call) verdict {
	return func() func(*memDisk, call) verdict {
		var waiting []*inode
		due := false
		return func(d *memDisk, c call) verdict {
			if c.op == until && !(c.op == op && strings.HasSuffix(c.object, suffix)) {
				due = true
				if after {
					return verdict{}
				}
			}
			if due {
				d.mu.Lock()
				for _, n := range waiting {
					do(d, n)
				}
				d.mu.Unlock()
				waiting, due = nil, false
			}
			if c.op == op && strings.HasSuffix(c.object, suffix) {
				waiting = append(waiting, c.file)
				return verdict{pretend: true}
			}
			return verdict{}
		}
	}
}

var mutants = []mutant{
	{"no sync of files", "enqueue", false, dropping("sync", "")},
	{"no sync of directories", "finish", false, dropping("syncdir", "")},
	{"no sync of the queue", "restore", false, dropping("syncdir", "/in")},
	{"no sync of the bad queue", "preserve", false, dropping("syncdir", "/bad")},
	{"no sync of the parent of a new bad queue", "restore a third", false, dropping("syncdir", "/q")},
	{"no sync of the filesystem", "enqueue a big", false, dropping("syncfs", "")},
	{"no sync of copies", "preserve, far", false, dropping("sync", ".pck.tmp")},
	{"no sync of the tail before the flip", "restore", false, droppingNth(1)},
	{"no sync of the flip before the rename", "restore", false, droppingNth(2)},
	{"sync of files after their rename", "enqueue", false, delaying("sync", "", "syncdir", false, (*memDisk).syncFile)},
	{"sync of the filesystem after the renames", "enqueue a big", false, delaying("syncfs", "", "syncdir", false,
		func(d *memDisk, n *inode) { d.startSyncFS(n.fs).finish() })},
	{"no sync of the filesystem for what is preserved", "preserve a group", false, dropping("syncfs", "")},
	{"sync of the old directory before the new one", "preserve", false, delaying("syncdir", "/bad", "syncdir", true, (*memDisk).syncDir)},
	{"mode set after the sync", "enqueue one", false, delaying("chmod", "", "rename", false,
		func(d *memDisk, n *inode) { n.mode = 0o660; d.version++ })},
	{"no sync of a group's tails", "restore a group", false, dropping("syncfs", "")},
	{"no sync of what is handed on", "hand on", false, dropping("sync", "")},
	{"no sync of a hard link's copy", "restore a hard link", false, dropping("sync", ".pck.tmp")},
	{"no sync of the queue that an entry is released to", "release", false, dropping("syncdir", "/in")},
	{"no sync of the tails of what is released", "release a few", false, droppingNth(1)},
	{"no sync of the flips of what is released", "release a few", false, droppingNth(2)},
	{"no sync of the filesystem for what is released", "release a group", false, dropping("syncfs", "")},
	{"no sync of one of two queues", "release a few to two", false, dropping("syncdir", "/shunt")},
	{"sync of the old queue before the new one", "release a few", false, delaying("syncdir", "/in", "syncdir", true, (*memDisk).syncDir)},
	{"no sync of a requeue", "requeue", false, dropping("syncdir", "")},
	{"owner never set", "enqueue one", false, dropping("chown", "")},
	{"no sync of the note before the copy", "preserve, far, and restore by", false, droppingNth(4)},
	{"no sync of what was renamed on btrfs", "preserve", true, droppingNth(3)},
	{"no sync of a group that was renamed on btrfs", "release a group", true, func() func(*memDisk, call) verdict {
		syncs := 0
		return func(_ *memDisk, c call) verdict {
			if c.op == "syncfs" {
				syncs++
			}
			return verdict{pretend: c.op == "syncfs" && syncs == 3}
		}
	}},
	{"copy gone before its name is durable", "preserve, far", false, func() func(*memDisk, call) verdict {
		return func(d *memDisk, c call) verdict {
			if c.op == "syncdir" && strings.HasPrefix(c.object, "/far") {
				if n := d.lookup(inFlight.path(testID(0))); n != nil {
					d.mu.Lock()
					delete(d.lookup("/q/in").kept, testID(0).Name(InFlight))
					delete(d.lookup("/q/in").names, testID(0).Name(InFlight))
					d.version++
					d.mu.Unlock()
					return verdict{pretend: true}
				}
			}
			return verdict{}
		}
	}},
	{"names made in place", "enqueue", false, func() func(*memDisk, call) verdict {
		// The temporary name is left out: the entry is there while it grows.
		return func(d *memDisk, c call) verdict {
			if c.op == "write" && strings.HasSuffix(c.object, ".pck.tmp") {
				d.mu.Lock()
				dir, name := d.parent(strings.TrimSuffix(c.object, ".tmp"))
				if dir.names[name] == nil {
					d.set(slot{dir, name, c.file})
				}
				d.mu.Unlock()
			}
			return verdict{}
		}
	}},
}

// TestMutants makes sure that the power-cut test can fail: each of these
// mistakes breaks a promise in some scenario.
func TestMutants(t *testing.T) {
	t.Parallel()
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			for _, s := range scenarios {
				if !strings.HasPrefix(s.name, m.in) {
					continue
				}
				if m.links {
					s = s.onLinks(true)
				}
				if _, err := cutEverywhere(s, m.make()); err != nil {
					t.Logf("%s: %.300s", s.name, err)
					return
				}
			}
			t.Fatal("nobody noticed")
		})
	}
}

// TestModelLoses makes sure that the disk of these tests forgets what was not
// synced, and keeps what was.
func TestModelLoses(t *testing.T) {
	t.Parallel()
	w := newWorld()
	d, err := w.sys.OpenDir("/q/in")
	must(t, err)
	synced, err := d.Create("synced")
	must(t, err)
	unsynced, err := d.Create("unsynced")
	must(t, err)
	for _, f := range []file{synced, unsynced} {
		_, err := f.WriteAt([]byte("text"), 0)
		must(t, err)
	}
	must(t, synced.Sync())
	seen := func() map[string]bool {
		all := make(map[string]bool)
		w.disk.cuts(1000, nil, func(left *memDisk) {
			text := ""
			for _, line := range left.tree() {
				if strings.Contains(line, "synced") {
					text += line[strings.LastIndexByte(line, '/'):] + ";"
				}
			}
			all[text] = true
		})
		return all
	}
	// Any of the two names, and of the unsynced one's content nothing, half
	// of it, all of it, or its size.
	if got := seen(); len(got) != 2*(1+3) {
		t.Errorf("before the directory's sync: %d disks, %v", len(got), got)
	}
	must(t, d.Sync())
	if got := seen(); len(got) != 3 {
		t.Errorf("after the directory's sync: %d disks, %v", len(got), got)
	}
	must(t, unsynced.Sync())
	if got := seen(); len(got) != 1 {
		t.Errorf("after all syncs: %d disks, %v", len(got), got)
	}
	if err := d.Rename("synced", d, "unsynced"); err != unix.EEXIST {
		t.Errorf("rename onto a name that is taken: %v", err)
	}
}
