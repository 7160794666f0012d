package queue

import (
	"encoding/binary"
	"fmt"
	"math/big"

	"switchboard/pkg/queue/internal/disk"
)

// lockName is the file in a queue on which runners lock their slice of the digests.
// Mailman ignores it. The file is never deleted, and its presence means nothing: the
// kernel holds the locks, and releases them when the process ends.
const lockName = "switchboard.lock"

// LockSlice locks a slice of the queue for this process until the Dir is closed. Slices
// that overlap exclude each other whatever their Count. If another process has the lock,
// the error is [ErrBusy] and names that process if it is known. If the lock file is
// missing, no runner ever ran on this queue: with create, LockSlice makes the file;
// without, it locks nothing.
//
// On NFS the locks work among all clients of a server with lockd or NFS 4. Without either
// (mount option nolock), each machine has its own locks.
func (d *Dir) LockSlice(s Slice, create bool) error {
	start, length := s.lockRange()
	busy, err := d.lockRange(start, length, create)
	if busy != nil {
		busy.what = fmt.Sprintf("slice %v", s)
		err = &Error{Path: d.path, Err: busy, Remedy: busy.remedy() + ", or choose a slice that does not overlap its own"}
	}
	return err
}

// LockSliceOf locks one entry's place in the slices. The error is [ErrBusy] if another
// process has locked a slice that contains the entry. LockSliceOf does not only ask who
// has the lock, because the answer may be "nobody" if the holder is on another machine.
func (d *Dir) LockSliceOf(id ID, s State) error {
	// The digest's highest bits: its place in the range.
	at := int64(binary.BigEndian.Uint64(id.digest[:8]) >> (64 - lockBits))
	busy, err := d.lockRange(at, 1, false)
	if busy != nil {
		busy.what = "its slice"
		err = &Error{Path: d.EntryPath(id, s), Err: busy, Remedy: busy.remedy()}
	}
	return err
}

// lockRange locks a range of the lock file. If another process has it, busy says which.
func (d *Dir) lockRange(start, length int64, create bool) (busy *sliceBusy, err error) {
	if there, err := d.needLock(create); err != nil || !there {
		return nil, err
	}
	locked, holder, err := d.lock.LockRange(start, length)
	if err != nil {
		return nil, &Error{Path: join(d.path, lockName), Err: err}
	}
	if !locked {
		busy = &sliceBusy{pid: holder}
	}
	return busy, nil
}

// needLock opens the lock file if it is not open yet, and reports whether there is one.
func (d *Dir) needLock(create bool) (there bool, err error) {
	if d.lock != nil {
		return true, nil
	}
	d.lock, err = d.openLock(create)
	if err == disk.ErrNotExist {
		return false, nil
	}
	if err != nil {
		return false, &Error{Path: join(d.path, lockName), Err: err}
	}
	return true, nil
}

// sliceBusy is the ErrBusy of a slice. pid is the holder of the lock, 0 if unknown.
type sliceBusy struct {
	what string
	pid  int
}

func (e *sliceBusy) Error() string {
	if e.pid == 0 {
		return e.what + " is being run by a process of another machine or container"
	}
	return fmt.Sprintf("%s is being run by process %d", e.what, e.pid)
}
func (e *sliceBusy) Is(target error) bool { return target == ErrBusy }

func (e *sliceBusy) remedy() string {
	if e.pid == 0 {
		return "wait for what works on the queue there to end"
	}
	return fmt.Sprintf("wait for process %d to end", e.pid)
}

// busy returns the ErrBusy of an entry, open as f, whose lock another process has.
func (d *Dir) busy(f disk.File, path string) error {
	who := d.dir.Holders(f)
	if who == "" {
		return &Error{
			Path: path, Err: ErrBusy,
			Remedy: "its handler still runs, perhaps on another machine or in another container; if not, see who has it open with fuser(1)",
		}
	}
	return &Error{Path: path, Err: entryBusy(who), Remedy: "wait for its handler to end"}
}

// entryBusy is the ErrBusy of an entry, and names the holders of the lock.
type entryBusy string

func (e entryBusy) Error() string        { return "held by process " + string(e) }
func (e entryBusy) Is(target error) bool { return target == ErrBusy }

func (d *Dir) openLock(create bool) (disk.File, error) {
	f, err := d.dir.OpenRW(lockName)
	if err == disk.ErrNotExist && create {
		if f, err = d.createLock(); err == disk.ErrExist {
			f, err = d.openFresh(lockName)
		}
	}
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Regular() {
		err = ErrStray
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// createLock makes the lock file under another name and then renames it. Otherwise a
// runner of another user could find the file before that user may open it.
func (d *Dir) createLock() (disk.File, error) {
	queue, err := d.dir.Stat()
	if err != nil {
		return nil, err
	}
	f, tmp, err := d.createOwn(queue, ourMode)
	if err != nil {
		return nil, err
	}
	if err := d.renameFile(tmp, d, lockName); err != nil {
		f.Close()
		d.dir.Unlink(tmp)
		return nil, err
	}
	return f, nil
}

// lockBits is how many bits of a digest give its place in the lock file: file offsets
// have 63 bits, digests 160.
const lockBits = 62

// lockRange returns the slice's range in the lock file. If two slices do not overlap, nor
// do their ranges, even if the slices have different Counts: each bound is rounded down by
// itself.
func (s Slice) lockRange() (start, length int64) {
	if s.Count == 0 {
		return 0, 1 << lockBits
	}
	at := func(k uint64) int64 {
		b := new(big.Int).Lsh(new(big.Int).SetUint64(k), lockBits)
		return b.Div(b, new(big.Int).SetUint64(s.Count)).Int64()
	}
	start = at(s.Index)
	// A length of 0 would mean all the rest of the file.
	return start, max(at(s.Index+1)-start, 1)
}
