package fakedisk

import "golang.org/x/sys/unix"

func (f *File) Lock() (bool, error) {
	v, err := f.enter("lock")
	defer f.sys.Disk.Mu.Unlock()
	if err != nil || v.Pretend {
		return err == nil, err
	}
	if f.sys.Disk.NFS && f.rights&2 == 0 && f.inode.Kind == unix.S_IFREG {
		return false, unix.EBADF
	}
	for other := range f.inode.locks {
		if other != f {
			return false, nil
		}
	}
	f.inode.lock(f, true)
	return true, nil
}

func (f *File) LockShared() (bool, error) {
	v, err := f.enter("lock")
	defer f.sys.Disk.Mu.Unlock()
	if err != nil || v.Pretend {
		return err == nil, err
	}
	for other, exclusive := range f.inode.locks {
		if other != f && exclusive {
			return false, nil
		}
	}
	f.inode.lock(f, false)
	return true, nil
}

func (n *Inode) lock(f *File, exclusive bool) {
	if n.locks == nil {
		n.locks = make(map[*File]bool)
	}
	n.locks[f] = exclusive
}

func (f *File) Unlock() error {
	_, err := f.enter("unlock")
	defer f.sys.Disk.Mu.Unlock()
	delete(f.inode.locks, f)
	return err
}

// LockRange names the holder only if the disk is local.
func (f *File) LockRange(start, length int64) (bool, int, error) {
	_, err := f.enter("lockrange")
	defer f.sys.Disk.Mu.Unlock()
	if err != nil {
		return false, 0, err
	}
	for _, r := range f.inode.ranges {
		if r.proc != f.sys.ID && start < r.start+r.length && r.start < start+length {
			if f.sys.Disk.NFS {
				return false, 0, nil
			}
			return false, r.proc, nil
		}
	}
	f.inode.ranges = append(f.inode.ranges, byteRange{f.sys.ID, start, length})
	return true, 0, nil
}
