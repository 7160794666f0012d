package queue

import (
	"errors"

	"switchboard/pkg/message"
)

// Retry has the metadata on the disk before the entry moves.
func (c *claim) Retry(set ...message.Setting) (path string, err error) {
	r := &request{verb: retries, from: InFlight, named: true, claim: c, set: set, inPlace: c.dir.isRetry()}
	return c.dir.carryOutOne(c.ID, r)
}

// planRetry sets the count to 0: the entry was handled, and so did not crash its handler.
func planRetry(f *facts, r *request) plan {
	p := plan{to: target{kind: toRetryQueue}, as: Ready, set: append(r.set[:len(r.set):len(r.set)], f.resetCount()...)}
	p.sets = len(p.set) > 0
	if r.inPlace {
		p.to.kind = toSameQueue
	}
	return p
}

// isRetry reports whether the queue is its own retry queue: its entries stay in it.
func (d *Dir) isRetry() bool { return samePath(d.RetryPath(), d.path) }

// RetryPath returns the path of the retry queue, which need not exist.
func (d *Dir) RetryPath() string {
	if d.opt.Retry != "" {
		return d.opt.Retry
	}
	return sibling(d.path, "retry")
}

// CanRetry fails if Retry would fail for every entry, as [Dir.CanShunt] does.
func (d *Dir) CanRetry() error {
	if d.isRetry() {
		return nil
	}
	if samePath(d.RetryPath(), d.ShuntPath()) {
		// What was refused for good would be tried again and again.
		return &Error{
			Path: d.RetryPath(), Err: cannotCreate{errors.New("it is the shunt queue, and cannot be the retry queue, too")},
			Remedy: "name another one with --retry",
		}
	}
	return d.canMoveTo("retry", d.RetryPath(), d.opt.Retry == "")
}

// openRetry opens the retry queue, and makes it if it is missing.
func (d *Dir) openRetry() (*Dir, error) {
	return d.openOnce(&d.retry, func(d *Dir) (*Dir, error) {
		return d.openFor("retry", d.RetryPath(), d.opt.Retry == "")
	})
}
