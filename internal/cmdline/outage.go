package cmdline

import (
	"context"
	"time"

	"switchboard/pkg/config"
	"switchboard/pkg/queue"
)

// Outage paces a command with -w while the server of a queue does not answer. It says once
// that the command waits, and once that the wait is over.
type Outage struct {
	c     *Context
	since time.Time
	pause time.Duration
}

// The pauses between tries.
const (
	firstPause = time.Second
	lastPause  = 10 * time.Second
)

// Outage returns an Outage that has not begun.
func (c *Context) Outage() *Outage { return &Outage{c: c} }

// Wait waits before the next try. It returns false if ctx is done.
func (o *Outage) Wait(ctx context.Context, err error) bool {
	if o.since.IsZero() {
		o.since, o.pause = time.Now(), firstPause
		o.c.Warn(err)
		o.c.Note("trying again until that is over")
	}
	defer func() { o.pause = min(2*o.pause, lastPause) }()
	return Sleep(ctx, o.pause)
}

// Sleep waits for d. It returns false if ctx is done before.
func Sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// Over ends the outage, if there is one.
func (o *Outage) Over() {
	if !o.since.IsZero() {
		o.c.Note("it is over, after " + FormatAge(time.Since(o.since)))
		o.since = time.Time{}
	}
}

// Patiently calls open until it fails in a way that does not pass by itself, or ctx is done.
// If not wait, it calls it only once.
func (c *Context) Patiently(ctx context.Context, wait bool, open func() error) error {
	for outage := c.Outage(); ; {
		err := open()
		if !wait || !queue.Unavailable(err) {
			outage.Over()
			return err
		}
		if !outage.Wait(ctx, err) {
			return err
		}
	}
}

// OpenAndWait is [Queues.Open] for a command that waits for entries if wait: it waits for the
// server as well.
func (c *Context) OpenAndWait(wait bool, operand string) (dir queue.Queue, settings config.Queue, err error) {
	err = c.Patiently(context.Background(), wait, func() error {
		dir, settings, err = c.Open(operand)
		return err
	})
	return dir, settings, err
}
