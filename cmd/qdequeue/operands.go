package main

import (
	"context"
	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// entries claims the entries that operands name.
func (o *options) entries(c *cmdline.Context) error {
	for _, option := range []struct {
		name  string
		given bool
	}{{"count", o.count.Given}, {"all", o.all}, {"slice", o.Slice.Given}, {"wait", o.wait}} {
		if option.given {
			return cmdline.Usagef("--%s needs a QUEUE: of ENTRY operands, all are claimed", option.name)
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

// queue claims entries of the queue that the operand names.
func (o *options) queue(c *cmdline.Context) error {
	if len(c.Args) > 1 {
		return cmdline.Usagef("more than one QUEUE operand")
	}
	dir, settings, err := c.Open(c.Args[0])
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
	return wait(ctx, dir, look)
}
