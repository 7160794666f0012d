package qmove

import (
	"errors"
	"slices"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/config"
	"switchboard/pkg/queue"
	"switchboard/pkg/site"
)

// mover moves the entries that operands name.
type mover struct {
	*options
	c *cmdline.Context
	// to is the queue that entries go to. If it is nil, that is the queue called beside
	// next to the entry's own.
	to       queue.Queue
	beside   string
	named    cmdline.Groups
	progress *cmdline.Progress
	n        int
	// failing is called for each entry that could not be moved.
	failing func(queue.Outcome, error)
	// drained returns an error once no further entries may be moved. It may be nil.
	drained func() error
	// stopped is the error after which nothing more can be printed or moved, or nil.
	stopped error
}

func newMover(c *cmdline.Context, o *options) (*mover, error) {
	m := &mover{options: o, c: c, failing: func(_ queue.Outcome, err error) { c.Report(err) }}
	m.named.Do = func(of cmdline.Operand, ids []queue.ID) { m.group(of, ids, false) }
	var err error
	if m.to, m.beside, err = c.Target(o.To); err != nil {
		return nil, err
	}
	m.progress = c.Progress("moved")
	return m, nil
}

// relays reports whether entries move to another kind of queue.
func (m *mover) relays(from queue.Queue) bool {
	return m.to != nil && config.Scheme(m.to.Path()) != config.Scheme(from.Path())
}

// run moves all operands.
func (m *mover) run() error {
	err := m.c.Operands(m.c.Args, m.idle, func(operand string) {
		if m.stopped != nil {
			return
		}
		if err := m.operand(operand); err != nil {
			m.c.Report(err)
		}
	})
	m.named.Flush()
	m.progress.Done()
	return errors.Join(err, m.stopped)
}

// idle completes and prints everything so far, before a read that waits for more input.
func (m *mover) idle() {
	m.named.Flush()
	if m.stopped == nil {
		m.stopped = m.c.Flush()
	}
}

// operand moves the chosen entries of a queue, or one entry.
func (m *mover) operand(operand string) error {
	if !m.all && !m.chosen.Given() {
		o, err := m.c.Unclaimed(operand)
		if err == nil {
			m.named.Add(o)
		}
		return err
	}
	return m.c.Chosen(operand, m.chosen.Choice(queue.Ready, time.Now()), func(of cmdline.Operand, ids []queue.ID) { m.group(of, ids, true) })
}

// askAgain is how many entries go to another kind of queue before qmove asks again whether a
// Mailman works on theirs: it may have been started meanwhile.
const askAgain = 256

// group moves entries of one queue. listed means that nobody named them.
func (m *mover) group(of cmdline.Operand, ids []queue.ID, listed bool) {
	if m.stopped != nil {
		return
	}
	if err := m.c.RefuseVanishing(of); err != nil {
		m.failing(queue.Outcome{}, err)
		return
	}
	path := of.Dir.BesidePath(m.beside)
	if m.to != nil {
		path = m.to.Path()
	}
	o := queue.MoveOptions{
		From: of.State, To: m.to, Beside: m.beside, DryRun: m.DryRun, Listed: listed,
		Touch: config.Scheme(path) == "" && site.Culls(path), Far: func() error { return m.c.RefuseFar(of) },
	}
	if !m.relays(of.Dir) {
		of.Dir.Move(ids, o, m.moved)
		return
	}
	for some := range slices.Chunk(ids, askAgain) {
		if m.stopped == nil && (m.drained == nil || m.drained() == nil) {
			of.Dir.Move(some, o, m.moved)
		}
	}
}

// moved prints what happened to an entry.
func (m *mover) moved(o queue.Outcome, err error) {
	switch {
	case err != nil:
		m.failing(o, m.named.Explain(o.ID, err))
	case m.DryRun && o.Interrupted:
		m.c.Note("would complete the interrupted move of " + o.From + " -> " + o.To)
	case m.DryRun:
		m.c.Note("would move " + o.From + " -> " + o.To)
	default:
		m.n++
		m.progress.Count(m.n)
		if m.stopped == nil {
			m.stopped = m.c.Println(o.To)
		}
	}
}
