package fakedisk

import (
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Call is one call of a process on an interface of package disk. Object is a path.
type Call struct {
	Op, Object string
	File       *Inode
	Process    int
}

// Verdict is what a hook does to a call. The zero Verdict lets it happen.
type Verdict struct {
	// Err makes the call fail. A write still writes its first half.
	Err error
	// Pretend makes the call succeed without doing anything.
	Pretend bool
}

// enter starts a call: it calls the hook, locks the disk and moves the clock on.
func (s *Process) enter(op, object string, file *Inode) Verdict {
	d := s.Disk
	d.Mu.Lock()
	hook := d.Hook
	d.Mu.Unlock()
	var v Verdict
	if hook != nil {
		v = hook(Call{op, object, file, s.ID})
	}
	d.Mu.Lock()
	d.Clock = d.Clock.Add(time.Microsecond)
	return v
}

// enter starts a call on a name of the directory. It panics if the kernel would take the
// name for a path.
func (d *Dir) enter(op, name string) (Verdict, error) {
	path := d.Inode.Path
	if name != "" {
		path = strings.TrimRight(path, "/") + "/" + name
	}
	v := d.sys.enter(op, path, d.Inode)
	if name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		panic(op + ": not a name: " + name)
	}
	switch {
	case d.closed:
		return v, unix.EBADF
	case v.Err != nil:
		return v, v.Err
	case len(name) > 255:
		return v, unix.ENAMETOOLONG
	}
	return v, nil
}

// enter starts a call on an open file.
func (f *File) enter(op string) (Verdict, error) {
	v := f.sys.enter(op, f.inode.Path, f.inode)
	switch {
	case f.closed:
		return v, unix.EBADF
	case f.sys.Disk.NFS3 && f.inode.remover != 0 && f.inode.remover != f.sys.ID:
		return v, unix.ESTALE
	}
	return v, v.Err
}
