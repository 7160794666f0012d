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
	listed := &listing{}
	if err := d.list(&byState{Temporary: listed}); err != nil {
		return nil, err
	}
	return d.sweepAll(listed, age, dryRun)
}

// RestoreAndSweep does what [Dir.Restore] and then [Dir.SweepTemporary] do, but reads the
// directory only once.
//
// The entries come first: they are mail that waits, and no failure of the sweep may keep
// them. The sweep may use the listing from before the restores, because it looks at each
// file again. It ignores a file that has been given its final name since, and leaves one
// that was written since. A temporary file that appeared since is not yet debris.
func (d *Dir) RestoreAndSweep(o RestoreOptions, age time.Duration, done func(Outcome, error)) (swept []string, err error) {
	flying, temporary := &listing{keep: o.Slice.keep()}, &listing{}
	if err := d.list(&byState{InFlight: flying, Temporary: temporary}); err != nil {
		return nil, err
	}
	d.carryOut(nil, toChange{listed: flying}, o.request(false), done)
	return d.sweepAll(temporary, age, o.DryRun)
}

// sweepAll sweeps the files of a listing.
func (d *Dir) sweepAll(listed *listing, age time.Duration, dryRun bool) ([]string, error) {
	var (
		swept []string
		errs  []error
	)
	for listed.len() > 0 {
		id := listed.next().ID
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
	d.traceLater(d.event(WasSwept, id, Temporary, d, Stray, nil))
	return true, nil
}
