package cmdline

import (
	"time"

	"switchboard/pkg/config"
	"switchboard/pkg/queue"
	"switchboard/pkg/site"
)

// refusalLife is how long Refuse keeps an answer, because thousands of entries may be
// named one after the other. A Mailman that starts takes longer from its pid file to its
// runners' first listing.
const refusalLife = 100 * time.Millisecond

// refusal is an answer of Refuse.
type refusal struct {
	at  time.Time
	err error
}

// Refuse refuses a queue that a running Mailman works on, unless --force is given.
func (q *Queues) Refuse(path string, settings config.Queue) error {
	if q.options.Force {
		return nil
	}
	if r, ok := q.refusals[path]; ok && time.Since(r.at) < refusalLife {
		return r.err
	}
	err := site.Running(path, settings.PidFiles...)
	if e, ok := err.(*queue.Error); ok {
		e.Remedy += " (--force overrides this)"
	}
	q.refusals[path] = refusal{time.Now(), err}
	return err
}
