package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// maxErrors is how many entries that cannot be claimed are tried: a disk that
// fails fails for all.
const maxErrors = 10

// found is what a look at the queue found.
type found int

const (
	nothing found = iota
	// conflicting are only entries that a file is in the way of.
	conflicting
	// locked is a ready entry that another process is at, for a moment.
	locked
	something
)

// nothingReady is the error of a look that found nothing to claim.
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

// claim claims and prints what it was asked for, and says whether there was
// anything.
func (o *options) claim(c *cmdline.Context, dir *queue.Dir, out *printer) (_ found, err error) {
	want := o.count.Value
	claims := dir.Claims(o.Slice.Value, want)
	if o.all {
		claims, want = dir.ClaimsOfAll(o.Slice.Value), -1
	}
	progress := c.Progress("claimed")
	defer progress.Done()
	defer func() { err = errors.Join(err, out.flush()) }()
	n, errs, worst := 0, 0, cmdline.OK
	for n != want {
		claim, err := claims.Next()
		if err == io.EOF {
			break
		}
		if queue.Crowded(err) && len(out.held) > 0 {
			if err := out.flush(); err != nil {
				return something, err
			}
			continue
		}
		if err != nil {
			c.Warn(err)
			worst = cmdline.Worse(worst, c.Status(err))
			// That one file is another's says nothing of the next, that no more
			// can be open says all.
			if !errors.Is(err, fs.ErrPermission) {
				if errs++; errs >= maxErrors || queue.Crowded(err) {
					break
				}
			}
			continue
		}
		if err := out.add(dir, claim); errors.Is(err, queue.ErrMalformed) {
			c.Warn(err)
			worst = cmdline.Worse(worst, c.Status(err))
			continue
		} else if err != nil {
			return something, err
		}
		n++
		progress.Count(n)
	}
	switch {
	case n > 0:
		// Whatever else there was: who reads what was printed must not be told
		// that there was nothing.
		return something, nil
	case worst != cmdline.OK:
		return something, cmdline.Exit(worst)
	case claims.Busy() > 0:
		return locked, nil
	case claims.Conflicts() > 0:
		return conflicting, nil
	}
	return nothing, nil
}
