package cmdline

import (
	"time"

	"switchboard/pkg/config"
	"switchboard/pkg/queue"
	"switchboard/pkg/site"
)

// refusalLife is how long refuse keeps an answer, because thousands of entries may be
// named one after the other. A Mailman that starts takes longer from its pid file to its
// runners' first listing.
const refusalLife = 100 * time.Millisecond

// refusal is such an answer.
type refusal struct {
	at  time.Time
	err error
}

// Refuse refuses a queue that a running Mailman works on, unless --force is given.
func (q *Queues) Refuse(path string, settings config.Queue) error {
	if q.options.Force {
		return nil
	}
	return q.refuse(path, settings, func(path string, pidFiles ...string) error {
		err := site.Running(path, pidFiles...)
		if e, ok := err.(*queue.Error); ok {
			e.Remedy += " (--force overrides this)"
		}
		return err
	})
}

// RefuseVanishing refuses to let an entry vanish from its queue if a running Mailman would
// die of that: see site.MayVanish. No runner lists preserved entries. A dry run changes
// nothing, so it only warns.
func (q *Queues) RefuseVanishing(o Operand) error {
	if o.State != queue.Ready {
		return nil
	}
	err := q.refuse(o.Dir.Path(), o.Settings, site.MayVanish)
	if err != nil && q.options.DryRun {
		q.notice(err)
		return nil
	}
	return err
}

// RefuseFar refuses to move an entry to another filesystem while a running Mailman works on
// its queue.
func (q *Queues) RefuseFar(o Operand) error {
	if o.State != queue.Ready || config.Scheme(o.Dir.Path()) != "" {
		return nil
	}
	err := site.Running(o.Dir.Path(), o.Settings.PidFiles...)
	if e, ok := err.(*queue.Error); ok {
		e.Remedy = "stop Mailman first: while the entry is copied to another filesystem, it could handle it, too"
	}
	return err
}

// refuse returns what ask says of a queue, now or a moment ago. A command asks only one
// question.
func (q *Queues) refuse(path string, settings config.Queue, ask func(string, ...string) error) error {
	if config.Scheme(path) != "" {
		return nil // Mailman works on directories
	}
	if r, ok := q.refusals[path]; ok && time.Since(r.at) < refusalLife {
		return r.err
	}
	err := ask(path, settings.PidFiles...)
	q.refusals[path] = refusal{time.Now(), err}
	return err
}
