package fakedisk

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/pkg/queue/internal/disk"
)

// Process is a process that works on a Disk. It is a disk.System.
type Process struct {
	Disk     *Disk
	ID       int
	UID, GID int
	Groups   []int
	// seen is the process's cache of names on NFS.
	seen map[slotName]*Inode
}

// slotName is a name in a directory.
type slotName struct {
	dir  *Inode
	name string
}

func (s *Process) Now() time.Time {
	s.Disk.Mu.Lock()
	defer s.Disk.Mu.Unlock()
	return s.Disk.Clock
}

// Sleep returns at once, and moves the clock on.
func (s *Process) Sleep(d time.Duration) {
	s.Disk.Mu.Lock()
	defer s.Disk.Mu.Unlock()
	s.Disk.Sleep(d)
}

func (s *Process) OpenFiles() int { return 1 << 20 }

func (s *Process) OpenDir(path string) (disk.Dir, error) {
	v := s.enter("opendir", path, nil)
	defer s.Disk.Mu.Unlock()
	if v.Err != nil {
		return nil, v.Err
	}
	n := s.Disk.Lookup(path)
	switch {
	case n == nil:
		return nil, unix.ENOENT
	case n.Kind != unix.S_IFDIR:
		return nil, unix.ENOTDIR
	case !s.may(n, 4):
		return nil, unix.EACCES
	}
	return s.openedDir(n), nil
}

// openedDir must be called with the disk locked.
func (s *Process) openedDir(n *Inode) *Dir {
	dir := &Dir{sys: s, Inode: n}
	s.Disk.OpenDirs[dir] = true
	return dir
}

func (s *Process) Root() bool { return s.UID == 0 }

func (s *Process) OpenTrusted(path string) (disk.Dir, error) {
	n := s.Disk.root
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || n == nil {
			continue
		}
		if n = n.Names[name]; n != nil && n.Kind == unix.S_IFLNK {
			if n.UID != 0 {
				return nil, disk.ErrPlanted
			}
			n = s.Disk.Lookup(n.Target)
		}
	}
	return s.OpenDir(path)
}

// may says whether the process has the rights (4 read, 2 write) on a file.
func (s *Process) may(n *Inode, want uint32) bool {
	switch {
	case s.UID == 0:
		return true
	case s.UID == n.UID:
		return n.Mode>>6&want == want
	case s.member(n.GID):
		return n.Mode>>3&want == want
	}
	return n.Mode&want == want
}

func (s *Process) member(gid int) bool { return gid == s.GID || slices.Contains(s.Groups, gid) }

// groupIn returns the group of a file that the process makes in a directory.
func (s *Process) groupIn(dir *Inode) int {
	if dir.Mode&unix.S_ISGID != 0 {
		return dir.GID
	}
	return s.GID
}

func (s *Process) chown(n *Inode, uid, gid int) error {
	if s.UID != 0 {
		if uid != -1 && uid != n.UID || n.UID != s.UID || gid != -1 && gid != n.GID && !s.member(gid) {
			return unix.EPERM
		}
	}
	if uid != -1 {
		n.UID = uid
	}
	if gid != -1 {
		n.GID = gid
	}
	n.ctime = s.Disk.now()
	s.Disk.Version++
	return nil
}

// Kill ends the process and closes what it has open.
func (s *Process) Kill() {
	s.Disk.Mu.Lock()
	defer s.Disk.Mu.Unlock()
	for f := range s.Disk.OpenFiles {
		if f.sys == s {
			f.shut()
		}
	}
	for d := range s.Disk.OpenDirs {
		if d.sys == s {
			d.closed = true
			delete(s.Disk.OpenDirs, d)
		}
	}
}
