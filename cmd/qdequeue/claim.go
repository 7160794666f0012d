package main

import (
	"errors"
	"fmt"
	"io/fs"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// maxErrors is after how many entries that cannot be claimed qdequeue gives up: when a
// disk fails, every claim fails.
const maxErrors = 10

// found is what one look at the queue found.
type found int

const (
	nothing found = iota
	// conflicting is nothing but entries that cannot become in flight, because a file has
	// that name.
	conflicting
	// locked is nothing but ready entries that other processes hold a lock on.
	locked
	something
)

// nothingReady returns the error of a look that found nothing to claim.
func (f found) nothingReady(dir *queue.Dir) error {
	switch f {
	case something:
		return nil
	case locked:
		return &queue.Error{Path: dir.Path(), Err: fmt.Errorf("what is ready is %w", queue.ErrBusy), Remedy: "try again later, or wait with -w"}
	case conflicting:
		return cmdline.Exit(cmdline.DataError)
	}
	return cmdline.Exit(cmdline.Nothing)
}

// claim claims and prints the entries that the options ask for, and returns whether there
// were any.
func (o *options) claim(c *cmdline.Context, dir *queue.Dir, out *printer) (_ found, err error) {
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
		// Status 0, even if there were errors: whoever reads the paths must not be told
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
	// conflicting counts entries that another file is in the way of.
	conflicting int
	// others counts errors of the system.
	others int
	// worst is the exit status for what was told.
	worst int
}

// add counts one failure, tells it, and says whether to give up.
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
	// A file that belongs to somebody else says nothing about the next one. Too many
	// open files mean that no further claim can succeed.
	if errors.Is(err, fs.ErrPermission) {
		return false
	}
	f.others++
	return f.others >= maxErrors || queue.Crowded(err)
}

// tell tells an error that fails the command if nothing is claimed.
func (f *failures) tell(err error) {
	f.c.Warn(err)
	f.worst = cmdline.Worse(f.worst, f.c.Status(err))
}

// found is what a look found that claimed nothing.
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
