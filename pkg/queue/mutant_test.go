package queue

import (
	"strings"
	"testing"

	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// mutant is a mistake that a library could make. The test makes it by changing the calls
// on their way to the disk.
type mutant struct {
	name string
	// in is a prefix: a scenario whose name begins with it must notice the mistake.
	in string
	// links says to use the disk of onLinks, on a system that knows of it.
	links bool
	// make returns the hook for one run.
	make func() func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict
}

// dropping leaves out all calls of a kind on objects that end in suffix.
func dropping(op, suffix string) func() func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict {
	return func() func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict {
		return func(_ *fakedisk.Disk, c fakedisk.Call) fakedisk.Verdict {
			return fakedisk.Verdict{Pretend: c.Op == op && strings.HasSuffix(c.Object, suffix)}
		}
	}
}

// droppingFirst leaves out the first call of a kind on objects that end in suffix.
func droppingFirst(op, suffix string) func() func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict {
	return func() func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict {
		seen := false
		return func(_ *fakedisk.Disk, c fakedisk.Call) fakedisk.Verdict {
			if c.Op != op || !strings.HasSuffix(c.Object, suffix) || seen {
				return fakedisk.Verdict{}
			}
			seen = true
			return fakedisk.Verdict{Pretend: true}
		}
	}
}

// droppingNth leaves out the n-th sync of each file.
func droppingNth(n int) func() func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict {
	return func() func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict {
		seen := map[*fakedisk.Inode]int{}
		return func(_ *fakedisk.Disk, c fakedisk.Call) fakedisk.Verdict {
			if c.Op != "sync" {
				return fakedisk.Verdict{}
			}
			seen[c.File]++
			return fakedisk.Verdict{Pretend: seen[c.File] == n}
		}
	}
}

// delaying postpones calls of a kind on a file until the next call that ends the delay.
// It makes them before that call or right after it.
func delaying(op, suffix, until string, after bool, do func(*fakedisk.Disk, *fakedisk.Inode)) func() func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict {
	return func() func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict {
		var waiting []*fakedisk.Inode
		due := false
		return func(d *fakedisk.Disk, c fakedisk.Call) fakedisk.Verdict {
			if c.Op == until && !(c.Op == op && strings.HasSuffix(c.Object, suffix)) {
				due = true
				if after {
					return fakedisk.Verdict{}
				}
			}
			if due {
				d.Mu.Lock()
				for _, n := range waiting {
					do(d, n)
				}
				d.Mu.Unlock()
				waiting, due = nil, false
			}
			if c.Op == op && strings.HasSuffix(c.Object, suffix) {
				waiting = append(waiting, c.File)
				return fakedisk.Verdict{Pretend: true}
			}
			return fakedisk.Verdict{}
		}
	}
}

var mutants = []mutant{
	{"no sync of files", "enqueue", false, dropping("sync", "")},
	{"no sync of directories", "finish", false, dropping("syncdir", "")},
	{"no sync in the background", "finish four while syncing", false, dropping("syncdir", "/in")},
	{"no sync of the queue", "restore", false, dropping("syncdir", "/in")},
	{"no sync of the bad queue", "preserve", false, dropping("syncdir", "/bad")},
	{"no sync of the parent of a new bad queue", "restore a third", false, dropping("syncdir", "/q")},
	{"no sync of the filesystem", "enqueue a big", false, dropping("syncfs", "")},
	{"no sync of copies", "preserve, far", false, dropping("sync", ".pck.tmp")},
	{"no sync of the tail before the flip", "restore", false, droppingNth(1)},
	{"no sync of the flip before the rename", "restore", false, droppingNth(2)},
	{"sync of files after their rename", "enqueue", false, delaying("sync", "", "syncdir", false, (*fakedisk.Disk).SyncFile)},
	{"sync of the filesystem after the renames", "enqueue a big", false, delaying("syncfs", "", "syncdir", false,
		func(d *fakedisk.Disk, n *fakedisk.Inode) { d.StartSyncFS(n.FS).Finish() })},
	{"no sync of the filesystem for what is preserved", "preserve a group", false, dropping("syncfs", "")},
	{"sync of the old directory before the new one", "preserve", false, delaying("syncdir", "/bad", "syncdir", true, (*fakedisk.Disk).SyncDir)},
	{"mode set after the sync", "enqueue one", false, delaying("chmod", "", "rename", false,
		func(d *fakedisk.Disk, n *fakedisk.Inode) { n.Mode = 0o660; d.Version++ })},
	{"no sync of a group's tails", "restore a group", false, dropping("syncfs", "")},
	{"mode set after the sync of a message that fills a group", "enqueue a message that fills", false, delaying("chmod", "", "rename", false,
		func(d *fakedisk.Disk, n *fakedisk.Inode) { n.Mode = 0o660; d.Version++ })},
	{"no sync of what is handed on", "hand on", false, dropping("sync", "")},
	{"no sync of a hard link's copy", "restore a hard link", false, dropping("sync", ".pck.tmp")},
	{"no sync of the queue that an entry is released to", "release", false, dropping("syncdir", "/in")},
	{"no sync of the tails of what is released", "release a few", false, droppingNth(1)},
	{"no sync of the flips of what is released", "release a few", false, droppingNth(2)},
	{"no sync of the filesystem for what is released", "release a group", false, dropping("syncfs", "")},
	{"no sync of one of two queues", "release a few to two", false, dropping("syncdir", "/shunt")},
	{"sync of the old queue before the new one", "release a few", false, delaying("syncdir", "/in", "syncdir", true, (*fakedisk.Disk).SyncDir)},
	{"no sync of a requeue", "requeue", false, dropping("syncdir", "")},
	{"owner never set", "enqueue one", false, dropping("chown", "")},
	{"no sync of the note before the copy", "preserve, far, and restore by", false, droppingNth(4)},
	{"no sync of the queue that had the original", "release the copy", false, dropping("syncdir", "/in")},
	{"no sync of what was renamed on btrfs", "preserve", true, droppingNth(3)},
	{"no sync of a group that was renamed on btrfs", "release a group", true, func() func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict {
		syncs := 0
		return func(_ *fakedisk.Disk, c fakedisk.Call) fakedisk.Verdict {
			if c.Op == "syncfs" {
				syncs++
			}
			return fakedisk.Verdict{Pretend: c.Op == "syncfs" && syncs == 3}
		}
	}},
	{"copy gone before its name is durable", "preserve, far", false, func() func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict {
		return func(d *fakedisk.Disk, c fakedisk.Call) fakedisk.Verdict {
			if c.Op == "syncdir" && strings.HasPrefix(c.Object, "/far") {
				if n := d.Lookup(inFlight.path(testID(0))); n != nil {
					d.Mu.Lock()
					delete(d.Lookup("/q/in").Kept, testID(0).Name(InFlight))
					delete(d.Lookup("/q/in").Names, testID(0).Name(InFlight))
					d.Version++
					d.Mu.Unlock()
					return fakedisk.Verdict{Pretend: true}
				}
			}
			return fakedisk.Verdict{}
		}
	}},
	{"no sync of the queue that an entry moves to", "move", false, dropping("syncdir", "/hold")},
	{"no sync of the parent of a new queue", "move", false, dropping("syncdir", "/q")},
	{"sync of the old queue before the new one, by a move", "move", false, delaying("syncdir", "/hold", "syncdir", true, (*fakedisk.Disk).SyncDir)},
	{"no sync of the old queue after a move", "move, far", false, dropping("syncdir", "/in")},
	{"no sync of copies that move", "move, far", false, dropping("sync", ".pck.tmp")},
	{"no sync of the time", "move to where", false, dropping("sync", "")},
	{"no time", "move to where", false, dropping("touch", "")},
	{"no sync of the owner", "move what", false, dropping("sync", "")},
	{"no mode", "move what", false, dropping("chmod", "")},
	{"no sync of a copy that is carried", "carry", false, dropping("sync", ".pck.tmp")},
	{"no sync of the queue that an entry is carried to", "carry", false, dropping("syncdir", "/hold")},
	{"no sync of the queue that a carried entry leaves", "carry", false, dropping("syncdir", "/in")},
	{"no sync of a discard", "discard", false, dropping("syncdir", "")},
	{"no sync of a note's tail", "note", false, droppingNth(1)},
	{"no sync of a note's flip", "note", false, droppingNth(2)},
	{"no sync of the second note's tail", "note three", false, droppingNth(3)},
	{"no sync of the last note's flip", "note three", false, droppingNth(6)},
	{"no sync of a noted copy", "note a hard link", false, dropping("sync", ".pck.tmp")},
	{"no sync of a noted copy's name", "note a hard link", false, dropping("syncdir", "/in")},
	{"no sync of the tail of what is retried", "retry", false, droppingNth(1)},
	{"no sync of the flip of what is retried", "retry", false, droppingNth(2)},
	{"no sync of the retry queue", "retry", false, dropping("syncdir", "/retry")},
	{"no sync of the queue that a retried entry leaves", "retry", false, dropping("syncdir", "/in")},
	{"no sync of the queue in which an entry is retried", "retry in", false, dropping("syncdir", "/retry")},
	{"no sync of the parent of a new retry queue", "retry", false, dropping("syncdir", "/q")},
	{"no sync of a part", "split", false, dropping("sync", ".pck.tmp")},
	{"no sync of a part's name", "split", false, dropping("syncdir", "/shunt")},
	{"no sync of a notice", "notice", false, dropping("sync", "")},
	{"no sync of a notice's name", "notice", false, droppingFirst("syncdir", "/in")},
	{"names made in place", "enqueue", false, func() func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict {
		// Without the temporary name, the entry is there while it grows.
		return func(d *fakedisk.Disk, c fakedisk.Call) fakedisk.Verdict {
			if c.Op == "write" && strings.HasSuffix(c.Object, ".pck.tmp") {
				d.Mu.Lock()
				dir, name := d.Parent(strings.TrimSuffix(c.Object, ".tmp"))
				if dir.Names[name] == nil {
					d.Set(fakedisk.Slot{Dir: dir, Name: name, File: c.File})
				}
				d.Mu.Unlock()
			}
			return fakedisk.Verdict{}
		}
	}},
}

// TestMutants checks that the power-cut test can fail: each of these mistakes breaks a
// promise in some scenario.
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
