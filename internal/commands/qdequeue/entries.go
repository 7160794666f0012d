package qdequeue

import (
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
	out := &printer{c: c, json: o.JSON, each: true}
	return c.Entries(c.Args, func(of cmdline.Operand) error {
		if err := c.Refuse(of.Dir.Path(), of.Settings); err != nil {
			return err
		}
		if err := of.Dir.CanClaim(of.ID); err != nil {
			return of.Explain(err, queue.Ready)
		}
		claim, err := of.Dir.Dequeue(of.ID)
		if err != nil {
			return of.Explain(err, queue.Ready)
		}
		return out.add(of.Dir, claim)
	})
}
