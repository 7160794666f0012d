package fakedisk

import (
	"golang.org/x/sys/unix"

	"switchboard/pkg/queue/internal/disk"
)

func (d *Dir) Rename(name string, to disk.Dir, newName string) error {
	target := to.(*Dir)
	v, err := d.enter("rename", name)
	defer d.sys.Disk.Mu.Unlock()
	n := d.look(name)
	if err != nil || v.Pretend {
		return err
	}
	if err := d.movable(n, target); err != nil {
		return err
	}
	switch {
	case target.look(newName) != nil:
		return unix.EEXIST
	case d.sys.Disk.NFS:
		return unix.EINVAL
	}
	return d.move(name, n, target, newName)
}

func (d *Dir) Replace(name string, to disk.Dir, newName string) error {
	target := to.(*Dir)
	v, err := d.enter("rename", name)
	defer d.sys.Disk.Mu.Unlock()
	n, old := d.Inode.Names[name], target.Inode.Names[newName]
	if err != nil || v.Pretend {
		return err
	}
	if err := d.movable(n, target); err != nil {
		return err
	}
	switch {
	case !d.mayMove(target):
		return unix.EACCES
	case old == n:
		return nil
	case old != nil && old.Kind == unix.S_IFDIR:
		return unix.EISDIR
	case old != nil:
		d.sys.unlinked(old)
	}
	return d.move(name, n, target, newName)
}

// movable returns why a file cannot be renamed into target, whatever the new name is.
func (d *Dir) movable(n *Inode, target *Dir) error {
	switch {
	case target.closed:
		return unix.EBADF
	case target.Inode.FS != d.Inode.FS:
		return unix.EXDEV
	case n == nil:
		return unix.ENOENT
	}
	return nil
}

func (d *Dir) mayMove(target *Dir) bool { return d.sys.may(d.Inode, 2) && d.sys.may(target.Inode, 2) }

// move gives a file its new name.
func (d *Dir) move(name string, n *Inode, target *Dir, newName string) error {
	if !d.mayMove(target) {
		return unix.EACCES
	}
	d.set(Slot{d.Inode, name, nil}, Slot{target.Inode, newName, n})
	return nil
}

func (d *Dir) Link(name, newName string) error {
	v, err := d.enter("link", newName)
	defer d.sys.Disk.Mu.Unlock()
	n := d.Inode.Names[name]
	switch {
	case err != nil || v.Pretend:
		return err
	case n == nil:
		return unix.ENOENT
	case d.Inode.Names[newName] != nil:
		return unix.EEXIST
	case !d.sys.may(d.Inode, 2):
		return unix.EACCES
	case n.Kind == unix.S_IFDIR || d.sys.Disk.NoLinks:
		return unix.EPERM
	}
	n.nlink++
	n.ctime = d.sys.Disk.now()
	d.set(Slot{d.Inode, newName, n})
	return nil
}

func (d *Dir) Exchange(a, b string) error {
	v, err := d.enter("exchange", a)
	defer d.sys.Disk.Mu.Unlock()
	first, second := d.Inode.Names[a], d.Inode.Names[b]
	switch {
	case err != nil || v.Pretend:
		return err
	case first == nil || second == nil:
		return unix.ENOENT
	case d.sys.Disk.NFS:
		return unix.EINVAL
	case !d.sys.may(d.Inode, 2):
		return unix.EACCES
	}
	d.set(Slot{d.Inode, a, second}, Slot{d.Inode, b, first})
	return nil
}

func (d *Dir) Unlink(name string) error {
	return d.remove("unlink", name, func(n *Inode) error {
		if n.Kind == unix.S_IFDIR {
			return unix.EISDIR
		}
		return nil
	})
}

func (d *Dir) Rmdir(name string) error {
	return d.remove("rmdir", name, func(n *Inode) error {
		switch {
		case n.Kind != unix.S_IFDIR:
			return unix.ENOTDIR
		case len(n.Names) > 0:
			return unix.ENOTEMPTY
		}
		return nil
	})
}

// remove removes a name of a file, unless wrong returns why the call cannot remove that file.
func (d *Dir) remove(op, name string, wrong func(*Inode) error) error {
	v, err := d.enter(op, name)
	defer d.sys.Disk.Mu.Unlock()
	n := d.Inode.Names[name]
	if err != nil || v.Pretend {
		return err
	}
	if n == nil {
		return unix.ENOENT
	}
	switch err := wrong(n); {
	case err != nil:
		return err
	case !d.sys.may(d.Inode, 2):
		return unix.EACCES
	}
	d.sys.unlinked(n)
	n.ctime = d.sys.Disk.now()
	d.set(Slot{d.Inode, name, nil})
	return nil
}

// unlinked notes that a file has lost a name.
func (s *Process) unlinked(n *Inode) {
	if n.nlink--; n.nlink == 0 {
		n.remover = s.ID
	}
}
