package qdequeue

import (
	"errors"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
)

// entries claims the entries that operands name.
func (o *options) entries(c *cmdline.Context) error {
	for _, option := range []struct {
		name  string
		given bool
	}{{"count", o.count.Given}, {"all", o.all}, {"slice", o.Slice.Given}, {"wait", o.wait}} {
		if option.given {
			return cmdline.Usagef("--%s needs a QUEUE operand: all named entries are claimed", option.name)
		}
	}
	n := &named{c: c, out: &printer{c: c, json: o.JSON, each: true}}
	n.groups.Do = n.group
	idle := func() {
		n.groups.Flush()
		c.Report(c.Sync())
	}
	err := c.Operands(c.Args, idle, func(path string) {
		if n.broken == nil {
			n.report(n.add(path))
		}
	})
	idle()
	if n.broken != nil {
		return n.broken
	}
	return err
}

// named claims entries by their names.
type named struct {
	c      *cmdline.Context
	out    *printer
	groups cmdline.Groups
	// broken is the error of standard output that ended the work.
	broken error
}

// report reports an error about an entry.
func (n *named) report(err error) {
	if cmdline.IsOutput(err) {
		n.broken = err
	} else {
		n.c.Report(err)
	}
}

// add claims and prints an entry, or adds it to those that a server claims together.
func (n *named) add(path string) error {
	of, err := n.c.Entry(path)
	if err != nil {
		return err
	}
	if err := n.c.Refuse(of.Dir.Path(), of.Settings); err != nil {
		return err
	}
	if _, many := of.Dir.(queue.Remote); many {
		of.State = queue.Ready
		n.groups.Add(of)
		return nil
	}
	if err := of.Dir.CanClaim(of.ID); err != nil {
		return of.Explain(err, queue.Ready)
	}
	claim, err := of.Dir.Dequeue(of.ID)
	if err != nil {
		return of.Explain(err, queue.Ready)
	}
	return n.out.add(of.Dir, claim)
}

// group claims and prints entries of one queue. If one cannot be printed, those that follow are
// given back.
func (n *named) group(of cmdline.Operand, ids []queue.ID) {
	if n.broken != nil {
		return
	}
	for claim, err := range of.Dir.(queue.Remote).DequeueEntries(ids) {
		if one, ok := errors.AsType[*queue.ClaimError](err); ok {
			err = n.groups.Explain(one.ID, one.Err)
		} else if err == nil {
			err = n.out.add(of.Dir, claim)
		}
		if n.report(err); n.broken != nil {
			return
		}
	}
}
