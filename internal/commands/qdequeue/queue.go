package qdequeue

import (
	"context"
	"errors"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
)

// queue claims entries of the queue that the operand names.
func (o *options) queue(c *cmdline.Context) error {
	if len(c.Args) > 1 {
		return cmdline.Usagef("more than one QUEUE operand")
	}
	dir, settings, err := c.OpenAndWait(o.wait, c.Args[0])
	if err != nil {
		return err
	}
	out := &printer{c: c, json: o.JSON}
	look := func() (found, error) {
		// A Mailman may have been started while qdequeue waited.
		if err := c.Refuse(dir.Path(), settings); err != nil {
			return nothing, err
		}
		return o.claim(c, dir, out)
	}
	if !o.wait {
		return once(dir, look)
	}
	ctx := context.Background()
	if o.Timeout.Given {
		limited, cancel := context.WithTimeout(ctx, o.Timeout.Value)
		defer cancel()
		ctx = limited
	}
	return wait(ctx, c.Outage(), dir, look)
}

// soon is the first pause before another look if all entries were locked. The pause doubles
// with each look, up to late.
const (
	soon = 20 * time.Millisecond
	late = time.Second
)

// moments is how often a look that finds only locked entries is repeated without -w: most
// locks belong to other claimers and are short.
const moments = 5

// once looks without -w. It waits only for locks, and only briefly.
func once(dir queue.Queue, look func() (found, error)) error {
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

// wait looks whenever the queue has changed, until it has claimed something or ctx is done.
// When ctx is done it looks once more, because not every filesystem reports every change.
func wait(ctx context.Context, outage *cmdline.Outage, dir queue.Queue, look func() (found, error)) error {
	// The watch begins before the first look, so that no event between them is missed.
	watch := dir.Watch()
	defer watch.Close()
	pause := soon
	for {
		what, err := look()
		if what != something && queue.Unavailable(err) && outage.Wait(ctx, err) {
			continue
		}
		outage.Over()
		switch {
		case err != nil || what == something:
			return err
		case ctx.Err() != nil:
			return what.nothingReady(dir)
		}
		// No event tells when a lock ends. The process that stores an entry holds
		// its lock for a moment after the entry is visible. Another lock may be held
		// for hours, and that does not justify looking fifty times a second.
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
