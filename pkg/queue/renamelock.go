package queue

import (
	"errors"
	"fmt"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

// namesLockName is the file that a rename locks, in the directory of the new name, where
// the kernel cannot refuse to replace a file. Like switchboard.lock it stays forever, and
// its presence means nothing.
//
// The lock is flock(2)'s. NFS and SMB pass the lock of a regular file to the server, so
// it also excludes processes on other machines. They do not pass on a directory's lock:
// each machine would have its own. With the NFS mount options nolock and
// local_lock=flock each machine has its own lock in any case.
const namesLockName = "switchboard.rename"

// A rename waits for the lock with pauses that grow to longestPause, and at most
// namesPatience in all. Others hold it for a few calls at a time. A process that holds it
// for longer is stopped, or is on a machine that the server has not given up yet.
const (
	firstPause    = time.Millisecond
	longestPause  = 50 * time.Millisecond
	namesPatience = 5 * time.Second
)

// lockNames takes the lock of renames into this queue. It never waits in the kernel,
// because that would ignore signals and have no limit.
func (d *Dir) lockNames() (unlock func(), err error) {
	patience := namesPatience
	if d.namesHeld {
		patience = 0 // a batch must not wait in vain for each of its entries
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

// namesBusy is ErrBusy: another process kept the lock of renames.
type namesBusy struct{}

var errNamesBusy error = namesBusy{}

func (namesBusy) Error() string {
	return "another process, perhaps on another machine, keeps the lock on " + namesLockName
}
func (namesBusy) Is(target error) bool { return target == ErrBusy }

const namesBusyRemedy = "try again later, or see on each machine that shares the queue who has it open with fuser(1)"

// openNamesLock opens the lock file once and keeps it open. It makes the file if it is
// missing.
func (d *Dir) openNamesLock() (f disk.File, err error) {
	if d.namesLock != nil {
		return d.namesLock, nil
	}
	f, err = d.dir.OpenRW(namesLockName)
	if err == disk.ErrNotExist {
		if err = d.makeNamesLock(); err == errNoLinks {
			// Nobody can make the file here, so everybody takes the directory's own
			// lock. It works among the processes of this machine.
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

// openFresh opens a file that was just made, perhaps by another machine.
func (d *Dir) openFresh(name string) (disk.File, error) {
	if _, err := d.dir.Relook(name); err != nil {
		return nil, err
	}
	return d.dir.OpenRW(name)
}

// errNoLinks means that the filesystem has no hard links.
var errNoLinks = errors.New("no hard links")

// makeNamesLock makes the lock file. Everybody who may rename in the directory must be
// able to open it, so it gets its owner and mode before it gets its name. It gets the name
// by link(2), which does not replace a file: if two processes each made one, each could
// lock its own.
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

// stillNamesLock says whether the file that was locked still has its name. Somebody may
// have removed it, and the next process made another one.
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

// closeNames reports no error, because nothing was written.
func (d *Dir) closeNames() {
	if d.namesLock != nil {
		d.namesLock.Close()
		d.namesLock = nil
	}
}
