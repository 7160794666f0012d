package queue

import (
	"errors"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

// DebrisAge is the age from which on a temporary file that nobody has open counts as left
// by a crash.
const DebrisAge = time.Hour

// SweepTemporary removes temporary files that nobody has open and whose content last
// changed more than age ago. It returns their paths. With dryRun it only returns them. If
// it cannot tell whether a file is open, the file stays.
func (d *Dir) SweepTemporary(age time.Duration, dryRun bool) ([]string, error) {
	old, err := d.List(Temporary, nil)
	if err != nil {
		return nil, err
	}
	var (
		swept []string
		errs  []error
	)
	for _, id := range old {
		removed, err := d.sweep(id, age, dryRun)
		if err != nil {
			errs = append(errs, err)
		} else if removed {
			swept = append(swept, d.EntryPath(id, Temporary))
		}
	}
	if len(swept) > 0 && !dryRun {
		errs = append(errs, d.Sync())
	}
	return swept, errors.Join(errs...)
}

func (d *Dir) sweep(id ID, age time.Duration, dryRun bool) (bool, error) {
	// A live writer's file is not opened: it may be another user's.
	if st, err := d.dir.Lstat(id.Name(Temporary)); err == nil && !d.olderThan(st.ModTime, age, !dryRun) {
		return false, nil
	}
	f, st, err := d.open(id, Temporary, disk.Dir.Open)
	if err != nil {
		if errors.Is(err, ErrState) || errors.Is(err, ErrStray) {
			return false, nil
		}
		return false, err
	}
	// Unused takes a lease, which lasts until Close. A process that opens the file for
	// writing in the meantime waits until the name is gone.
	defer f.Close()
	if !d.olderThan(st.ModTime, age, !dryRun) || !f.Unused() {
		return false, nil
	}
	if dryRun {
		return true, nil
	}
	if err := d.dir.Unlink(id.Name(Temporary)); err != nil && err != disk.ErrNotExist {
		return false, &Error{Path: d.EntryPath(id, Temporary), Err: err}
	}
	d.touch(d)
	d.removed(id, Temporary)
	return true, nil
}
