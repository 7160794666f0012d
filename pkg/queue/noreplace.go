package queue

import (
	"errors"
	"fmt"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

// No rename of this package replaces a file. Where the kernel can refuse to replace,
// that is one call: renameat2(2) with RENAME_NOREPLACE. This file is for where it
// cannot: NFS, some FUSE filesystems, kernels before 3.15, the BSDs. There a rename
// is a look at the new name and a plain rename(2), and nothing but a lock keeps
// others from taking the name in between.
//
// That lock is flock(2)'s, on a file in the directory of the new name. NFS and SMB
// pass the lock of a regular file on to the server, so it excludes processes on
// other machines, too. A directory's lock they do not pass on: every machine would
// have one of its own. (With the NFS mount options nolock and local_lock=flock each
// machine has its own in any case.)
//
// Three other ways were considered:
//   - link(2) to the new name and unlink(2) of the old one need no lock. But between
//     the two, and after a crash there for good, an entry is both ready and in
//     flight. The lock file alone is named so: two names of it do no harm.
//   - A detour over a name of this process's own has a moment, and after a crash
//     more than one, in which no Mailman knows the entry.
//   - fcntl(2) locks of switchboard.lock go when the process closes any descriptor
//     of that file, and flock(2) on it would exclude the slices' locks on NFS, where
//     both are the same locks.

// namesLockName is the file whose lock a rename takes. Like switchboard.lock it
// stays for ever and says nothing by being there.
const namesLockName = "switchboard.rename"

// A rename waits for the lock with pauses that grow to longestPause, and for no more
// than namesPatience in all: others have it for a few calls at a time. Who has it for
// longer is a stopped process, or a machine that the server has not given up yet.
const (
	firstPause    = time.Millisecond
	longestPause  = 50 * time.Millisecond
	namesPatience = 5 * time.Second
)

// renameFile gives a file of this queue a name in another one, or another name in
// this one. EEXIST if that is taken, ENOENT if the old one has gone.
func (d *Dir) renameFile(name string, to *Dir, newName string) error {
	err := d.dir.Rename(name, to.dir, newName)
	switch {
	case disk.Unsupported(err):
		return d.renameLocked(name, to, newName)
	case err == disk.ErrExist && d.hasGone(name):
		// On NFS the kernel says so of names in its cache.
		return disk.ErrNotExist
	}
	return err
}

// renameLocked stands in for a rename that refuses to replace. The old name comes
// first: who loses a race for an entry finds it under the new name, and that is no
// conflict. So it is looked at again when the new name is taken, as a Mailman takes
// no lock.
func (d *Dir) renameLocked(name string, to *Dir, newName string) error {
	unlock, err := to.lockNames()
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := d.dir.Relook(name); err != nil {
		return err
	}
	switch _, err := to.dir.Relook(newName); {
	case err == nil && d.hasGone(name):
		return disk.ErrNotExist
	case err == nil:
		return disk.ErrExist
	case err != disk.ErrNotExist:
		return err
	}
	return d.dir.Replace(name, to.dir, newName)
}

func (d *Dir) hasGone(name string) bool {
	_, err := d.dir.Relook(name)
	return err == disk.ErrNotExist
}

// exchange gives a file that was just written the name of another one, which gets
// the file's. Where the two cannot be exchanged the other one is replaced. It is
// looked at first: a file that has gone must stay gone.
func (d *Dir) exchange(fresh, name string) error {
	err := d.dir.Exchange(fresh, name)
	if !disk.Unsupported(err) {
		return err
	}
	unlock, err := d.lockNames()
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := d.dir.Relook(name); err != nil {
		return err
	}
	return d.dir.Replace(fresh, d.dir, name)
}

// lockNames takes the lock of renames into this queue. It never waits in the kernel:
// that would ignore signals and know no limit.
func (d *Dir) lockNames() (unlock func(), err error) {
	patience := namesPatience
	if d.namesHeld {
		patience = 0 // the whole of a batch must not wait in vain for each entry
	}
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		f, err := d.openNamesLock()
		locked := false
		if err == nil {
			locked, err = f.Lock()
		}
		if locked {
			locked, err = d.stillNamesLock(f)
		}
		if err != nil {
			return nil, fmt.Errorf("cannot lock %s: %w", namesLockName, err)
		}
		if locked {
			d.namesHeld = false
			return func() { f.Unlock() }, nil
		}
		if patience <= 0 {
			d.namesHeld = true
			return nil, errNamesBusy
		}
		d.sys.Sleep(pause)
		patience -= pause
	}
}

// namesBusy is ErrBusy: the lock of renames could not be had.
type namesBusy struct{}

var errNamesBusy error = namesBusy{}

func (namesBusy) Error() string {
	return "another process, perhaps on another machine, keeps the lock on " + namesLockName
}
func (namesBusy) Is(target error) bool { return target == ErrBusy }

const namesBusyRemedy = "try again later, or see on each machine that shares the queue who has it open with fuser(1)"

// openNamesLock opens the file once and keeps it: it is made when it is missing.
func (d *Dir) openNamesLock() (f disk.File, err error) {
	if d.namesLock != nil {
		return d.namesLock, nil
	}
	f, err = d.dir.OpenRW(namesLockName)
	if err == disk.ErrNotExist {
		if err = d.makeNamesLock(); err == errNoLinks {
			// The directory's own lock does on this machine. Nobody can make the
			// file, so all take that one.
			if f, err = d.dir.Self(); err == nil {
				d.namesLock = f
			}
			return f, err
		}
		if err == nil {
			f, err = d.openFresh(namesLockName)
		}
	}
	if err != nil {
		return nil, err
	}
	if st, err := f.Stat(); err != nil || !st.Regular() {
		f.Close()
		return nil, firstError(err, ErrStray)
	}
	d.namesLock = f
	return f, nil
}

// openFresh opens a file that has just been made, perhaps by another machine.
func (d *Dir) openFresh(name string) (disk.File, error) {
	if _, err := d.dir.Relook(name); err != nil {
		return nil, err
	}
	return d.dir.OpenRW(name)
}

// errNoLinks is a filesystem that gives no file a second name.
var errNoLinks = errors.New("no hard links")

// makeNamesLock makes the lock file. Whoever may rename in the directory may open it,
// and so it has its owner and mode before it has its name. It gets that by link(2),
// which replaces nothing: of two files of that name each would be locked by somebody.
func (d *Dir) makeNamesLock() error {
	queue, err := d.dir.Stat()
	if err != nil {
		return err
	}
	f, tmp, err := d.createOwn(queue, 0o600|queue.Mode&0o666)
	if err != nil {
		return err
	}
	f.Close()
	linked := d.dir.Link(tmp, namesLockName)
	if err := d.dir.Unlink(tmp); err != nil {
		return err
	}
	switch {
	case linked == disk.ErrExist:
		return nil // another process has made it
	case linked == disk.ErrNotPermitted || disk.Unsupported(linked):
		return errNoLinks
	}
	return linked
}

// stillNamesLock says whether the file that was locked has its name still. Somebody
// may have removed it, and the next process made another one.
func (d *Dir) stillNamesLock(f disk.File) (bool, error) {
	mine, err := f.Stat()
	if err != nil || !mine.Regular() {
		return true, err // the directory itself
	}
	now, err := d.dir.Relook(namesLockName)
	if err == nil && now.Same(mine) {
		return true, nil
	}
	d.closeNames()
	if err == disk.ErrNotExist {
		err = nil
	}
	return false, err
}

// closeNames has no error to tell: nothing was written.
func (d *Dir) closeNames() {
	if d.namesLock != nil {
		d.namesLock.Close()
		d.namesLock = nil
	}
}
