package main

import (
	"errors"
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
	// locked is a ready entry that another process is at, for a moment.
	locked
	something
)

// claim claims and prints what it was asked for, and says whether there was
// anything.
func claim(c *cmdline.Context, dir *queue.Dir, slice queue.Slice, out *printer) (_ found, err error) {
	want := c.Int("count")
	claims := dir.Claims(slice, want)
	if c.Bool("all") {
		claims, want = dir.ClaimsOfAll(slice), -1
	}
	progress := c.Progress("claimed")
	defer progress.Done()
	defer func() { err = errors.Join(err, out.flush()) }()
	n, errs, worst := 0, 0, cmdline.OK
	for ; n != want; n++ {
		claim, err := claims.Next()
		if err == io.EOF {
			break
		}
		if queue.Crowded(err) && len(out.held) > 0 {
			if err := out.flush(); err != nil {
				return something, err
			}
			n--
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
			n--
			continue
		}
		if err := out.add(dir, claim); errors.Is(err, queue.ErrMalformed) {
			c.Warn(err)
			worst = cmdline.Worse(worst, c.Status(err))
			n--
			continue
		} else if err != nil {
			return something, err
		}
		progress.Count(n + 1)
	}
	switch {
	case n > 0:
		// Whatever else there was: who reads what was printed must not be told
		// that there was nothing.
		return something, nil
	case worst != cmdline.OK:
		return something, cmdline.Exit(worst)
	case claims.Conflicts() > 0:
		return nothing, cmdline.Exit(cmdline.DataError)
	case !c.Bool("wait"):
		return nothing, cmdline.Exit(cmdline.Nothing)
	case claims.Busy() > 0:
		return locked, nil
	}
	return nothing, nil
}
