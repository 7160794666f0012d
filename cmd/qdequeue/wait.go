package main

import (
	"context"
	"errors"
	"time"

	"switchboard/pkg/queue"
)

// soon is when to look again at an entry that another process had a lock on;
// late is the most that grows to.
const (
	soon = 20 * time.Millisecond
	late = time.Second
)

// moments is how often a look that finds nothing but locks is repeated without -w:
// most are of processes that claim.
const moments = 5

// once looks, and hardly waits.
func once(dir *queue.Dir, look func() (found, error)) error {
	what, err := look()
	for again := 0; err == nil && what == locked && again < moments; again++ {
		time.Sleep(soon)
		what, err = look()
	}
	if err != nil {
		return err
	}
	return what.nothingReady(dir)
}

// wait looks whenever something has happened in the queue, until there is something or
// ctx is done. Then it looks once more: not every filesystem tells of what happened.
func wait(ctx context.Context, dir *queue.Dir, look func() (found, error)) error {
	// The watch begins before the first look: what comes in between is seen.
	watch := dir.Watch()
	defer watch.Close()
	pause := soon
	for {
		what, err := look()
		switch {
		case err != nil || what == something:
			return err
		case ctx.Err() != nil:
			return what.nothingReady(dir)
		}
		// An entry is seen before it may be claimed, while the process that
		// named it has its lock, and no event tells of the end of that. Nor of
		// a lock that is held for hours, and that is not a reason to look fifty
		// times a second.
		until, cancel := ctx, func() {}
		if what == locked {
			until, cancel = context.WithTimeout(ctx, pause)
			pause = min(2*pause, late)
		} else {
			pause = soon
		}
		err = watch.Wait(until)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}
