// Package fakedisk is package disk in memory, for tests: every call can be made to
// fail, and [Disk.Cuts] returns what a power cut may leave. TestModel compares it with the
// kernel.
package fakedisk

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Disk is the storage of a machine in memory, behind the same interfaces as the real
// one. Each of its filesystems has what the processes see, and what would be left if
// the power were cut now: see [Disk.Cuts].
//
// Tests set the fields before and between operations. A hook that changes the disk holds
// Mu.
type Disk struct {
	Mu   sync.Mutex
	root *Inode
	// Clock is the machine's time. Each call moves it on.
	Clock time.Time
	// Hook is called before each call on the disk, if it isn't nil.
	Hook func(Call) Verdict
	// Version goes up with every change, so that tests notice changes without a
	// Snapshot.
	Version uint64
	// Split splits renames between directories when the old directory is synced first:
	// the old name is then gone for certain, but the new one may not be there yet.
	Split bool
	// NFS makes the disk behave as an NFS 4 mount: no rename refuses to replace a file,
	// nothing can be exchanged, a file that is open only for reading gets no exclusive
	// lock, and each process has a cache of names.
	NFS bool
	// NFS3 makes it an NFS 3 mount: what a process has open is lost when another one removes its
	// last name (ESTALE). The machine of a process that removes a name itself keeps the file.
	NFS3 bool
	// NoLinks makes the disk refuse hard links.
	NoLinks bool
	// Ahead is how far the disk's clock is ahead of the machine's.
	Ahead time.Duration
	// Links keeps the old name of a rename between directories when the new directory
	// is synced first, as btrfs does. The file then has both names until the old
	// directory is synced, too, or the file has been synced after the rename.
	Links bool
	// Relinks is what Dir.Relinks returns: whether the system knows of Links.
	Relinks bool
	// OpenFiles and OpenDirs are what the processes have open.
	OpenFiles map[*File]bool
	OpenDirs  map[*Dir]bool

	inodes uint64
	fds    int
}

// New returns a disk with an empty root directory.
func New() *Disk {
	d := &Disk{
		Clock:     time.Unix(1700000000, 0),
		OpenFiles: make(map[*File]bool),
		OpenDirs:  make(map[*Dir]bool),
	}
	d.root = d.newInode(&filesystem{dev: 1}, unix.S_IFDIR, 0o755)
	d.root.Path = "/"
	return d
}

// now is the disk's clock, which sets the times of files.
func (d *Disk) now() time.Time { return d.Clock.Add(d.Ahead) }

// Sleep moves the clock on.
func (d *Disk) Sleep(t time.Duration) { d.Clock = d.Clock.Add(t) }

// Tree lists the files that the processes see, for tests to compare and people to read.
func (d *Disk) Tree() []string {
	var list []string
	var walk func(n *Inode)
	walk = func(n *Inode) {
		for _, name := range slices.Sorted(maps.Keys(n.Names)) {
			child := n.Names[name]
			list = append(list, fmt.Sprintf("%s %o %d %d:%d %d bytes", strings.TrimRight(n.Path, "/")+"/"+name,
				child.Kind|child.Mode, child.nlink, child.UID, child.GID, len(child.Data)))
			if child.Kind == unix.S_IFDIR {
				walk(child)
			}
		}
	}
	walk(d.root)
	return list
}
