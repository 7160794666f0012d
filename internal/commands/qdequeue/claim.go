package qdequeue

import (
	"errors"
	"fmt"
	"io/fs"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
)

// maxErrors is the number of failed claims after which qdequeue gives up: if the disk has
// failed, every claim fails.
const maxErrors = 10

// found is what one look at the queue found.
type found int

const (
	nothing found = iota
	// conflicting means that no entry could be claimed, and that some could not because
	// an entry in flight has their name.
	conflicting
	// locked means that no entry could be claimed, and that other processes have locked
	// some.
	locked
	something
)

// nothingReady returns the error of a look that found nothing to claim.
func (f found) nothingReady(dir queue.Queue) error {
	switch f {
	case something:
		return nil
	case locked:
		return &queue.Error{Path: dir.Path(), Err: fmt.Errorf("all ready entries are %w", queue.ErrBusy), Remedy: "try again later, or wait with -w"}
	case conflicting:
		return cmdline.Exit(cmdline.DataError)
	}
	return cmdline.Exit(cmdline.Nothing)
}

// claim claims and prints the entries that the options ask for, and returns whether there
// were any.
func (o *options) claim(c *cmdline.Context, dir queue.Queue, out *printer) (_ found, err error) {
	want := o.count.Value
	claims := dir.Claims(o.Slice.Value, want)
	if o.all {
		claims, want = dir.ClaimsOfAll(o.Slice.Value), -1
	}
	progress := c.Progress("claimed")
	defer progress.Done()
	defer func() { err = errors.Join(err, out.flush()) }()
	n, failed := 0, failures{c: c}
	for claim, err := range claims {
		if queue.Crowded(err) && len(out.held) > 0 {
			if err := out.flush(); err != nil {
				return something, err
			}
			continue
		}
		if o.wait && n == 0 && queue.Unavailable(err) {
			return nothing, err
		}
		if err != nil {
			if failed.add(err) {
				break
			}
			continue
		}
		if err := out.add(dir, claim); errors.Is(err, queue.ErrMalformed) {
			failed.tell(err)
			continue
		} else if err != nil {
			return something, err
		}
		n++
		progress.Count(n)
		if n == want {
			break
		}
	}
	if n > 0 {
		// Status 0, even if there were errors: the reader of the paths must not think
		// that there are none.
		return something, nil
	}
	return failed.found()
}

// failures are the entries of one look that could not be claimed.
type failures struct {
	c *cmdline.Context
	// locked counts entries whose lock another process holds.
	locked int
	// conflicting counts entries whose name in flight is taken by another file.
	conflicting int
	// others counts errors of the system.
	others int
	// worst is the worst exit status of the reported errors.
	worst int
}

// add counts one failure and reports it, unless it is a lock. giveUp means that no further
// claim can succeed.
func (f *failures) add(err error) (giveUp bool) {
	entry, ok := errors.AsType[*queue.ClaimError](err)
	switch {
	case !ok:
		f.tell(err) // the queue cannot be listed
		return true
	case entry.Locked:
		f.locked++
		return false
	case errors.Is(err, queue.ErrConflict):
		f.conflicting++
		f.c.Notice(entry.Err)
		return false
	case entry.Preserved != "", errors.Is(err, queue.ErrStray):
		f.c.Notice(entry.Err)
		return false
	}
	f.tell(entry.Err)
	// If one file may not be opened, the next one may be. With too many open files, no
	// further claim can succeed.
	if errors.Is(err, fs.ErrPermission) {
		return false
	}
	f.others++
	return f.others >= maxErrors || queue.Crowded(err)
}

// tell reports an error that fails the command if nothing is claimed.
func (f *failures) tell(err error) {
	f.c.Warn(err)
	f.worst = cmdline.Worse(f.worst, f.c.Status(err))
}

// found returns the result of a look that claimed nothing.
func (f *failures) found() (found, error) {
	switch {
	case f.worst != cmdline.OK:
		return something, cmdline.Exit(f.worst)
	case f.locked > 0:
		return locked, nil
	case f.conflicting > 0:
		return conflicting, nil
	}
	return nothing, nil
}
