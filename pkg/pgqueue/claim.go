package pgqueue

import (
	"errors"

	"switchboard/pkg/queue"
)

// claim is a Claim in a database. It has a lease, or it does not end.
type claim struct {
	queue.Claim
	q *Queue
	// number and generation are those of the entry.
	number, generation int64
	body               *body
	// lease is nil if the claim has none.
	lease *lease
	// over means that the entry is not in flight any more.
	over bool
	// about describes the entry in its events. ended is what Finish or Requeue did.
	about *queue.About
	ended queue.Event
}

// newClaim reads an entry that was claimed. An entry that is malformed is preserved, and one
// that cannot be read now becomes ready again.
func (q *Queue) newClaim(t taken) (*queue.Claim, error) {
	c := &claim{q: q, number: t.number, generation: t.generation, lease: t.lease}
	c.ID, c.Held = t.id, c
	c.body = newBody(q.server, t.number, t.messageSize, t.message, t.metadata)
	content, err := c.body.content()
	c.Content, c.about = content, q.about(content)
	q.trace(queue.Event{ID: c.ID, Kind: queue.WasClaimed, From: q.EntryPath(c.ID, queue.Ready), To: c.Path(), About: c.about})
	if err == nil {
		return &c.Claim, nil
	}
	err = &queue.Error{Path: q.EntryPath(c.ID, queue.Ready), Err: err}
	if !errors.Is(err, queue.ErrMalformed) {
		return nil, errors.Join(err, c.Requeue())
	}
	path, badErr := c.Preserve()
	if badErr != nil {
		return nil, errors.Join(err, badErr, c.Requeue())
	}
	return nil, &queue.Error{Path: q.EntryPath(c.ID, queue.Ready), Err: preservedAs{queue.Cause(err), path}}
}

// preservedAs is the ErrMalformed of an entry that was preserved at path.
type preservedAs struct {
	error
	path string
}

func (e preservedAs) Error() string { return e.error.Error() + "; preserved as " + e.path }
func (e preservedAs) Unwrap() error { return e.error }

func (c *claim) Path() string { return c.q.claimPath(c.ID, c.generation) }

// Fd returns no descriptor: a lease holds the claim, or nothing.
func (c *claim) Fd() (fd uintptr, ok bool) { return 0, false }

func (c *claim) Lost() <-chan struct{} {
	if c.lease == nil {
		return nil
	}
	return c.lease.lost
}

// mine fails if the lease has ended: whoever restored the entry may be handling it.
func (c *claim) mine() error {
	if c.lease.isLost() {
		return c.fail(noLease)
	}
	return nil
}

func (c *claim) Finish() error {
	defer c.Close()
	if err := c.mine(); err != nil {
		return err
	}
	if err := c.q.finish(ended{c.number, c.generation, true, c.lease}); err != nil {
		return c.fail(err)
	}
	c.over = true
	c.ended = queue.Event{ID: c.ID, Kind: queue.WasFinished, From: c.Path(), About: c.about}
	return nil
}

func (c *claim) Requeue() error {
	defer c.Close()
	if err := c.mine(); err != nil {
		return err
	}
	if err := c.q.requeue(ended{c.number, c.generation, false, c.lease}); err != nil {
		return c.fail(err)
	}
	c.over = true
	c.q.bound.putBack(c.number, c.ID)
	c.ended = queue.Event{ID: c.ID, Kind: queue.WasRequeued, From: c.Path(), To: c.q.EntryPath(c.ID, queue.Ready), About: c.about}
	return nil
}

func (c *claim) Trace() {
	c.q.trace(c.ended)
	c.ended = queue.Event{}
}

// Close ends the extending of the lease. A claim without a lease stays in flight until it is
// restored, and one with a lease until that has ended.
func (c *claim) Close() error {
	if !c.over && !c.lease.isLost() {
		c.q.leases.leave(c.lease)
	}
	c.over = true
	c.q.leases.drop(c.lease)
	if c.Content != nil {
		c.Content.Release()
	}
	return nil
}

// fail returns err as an error that names the claim.
func (c *claim) fail(err error) error { return failed(c.Path(), err) }
