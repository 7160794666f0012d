package qdeliver

import (
	"slices"

	"switchboard/internal/cmdline"
	"switchboard/pkg/deliver"
	"switchboard/pkg/queue"
)

// entries sends the entries that operands name, now: whoever names them does not want to wait
// until they are due.
func (o *options) entries(c *cmdline.Context, settings deliver.Options) error {
	if err := o.onlyQueue(); err != nil {
		return err
	}
	settings.Named = true
	r := o.begin(c, settings)
	var failed error
	var named cmdline.Groups
	named.Do = func(of cmdline.Operand, ids []queue.ID) {
		if failed != nil {
			return
		}
		run := r.options(of.Dir, of.Settings)
		if run.Only = r.claimable(&named, of.Dir, ids); len(run.Only) > 0 {
			failed = r.run(of.Dir, run)
		}
	}
	err := c.Operands(c.Args, named.Flush, func(operand string) {
		of, err := o.ready(c, operand)
		if err != nil {
			r.report(err)
			return
		}
		named.Add(of)
	})
	named.Flush()
	if failed == nil {
		failed = err
	}
	return r.end(failed)
}

// onlyQueue refuses options that mean nothing for entries that are named.
func (o *options) onlyQueue() error {
	for _, option := range []struct {
		name  string
		given bool
	}{{"slice", o.Slice.Given}, {"wait", o.wait}, {"min-age", o.MinAge.Given}} {
		if option.given {
			return cmdline.Usagef("--%s needs a QUEUE operand: all named entries are sent", option.name)
		}
	}
	return nil
}

// ready reads an ENTRY operand, which must be ready in a queue that no Mailman works on.
func (o *options) ready(c *cmdline.Context, operand string) (cmdline.Operand, error) {
	of, err := c.Entry(operand)
	if err == nil {
		err = of.LookHere(queue.Ready)
	}
	if err == nil && !o.DryRun {
		err = c.Refuse(of.Dir.Path(), of.Settings)
	}
	of.State = queue.Ready
	return of, err
}

// claimable returns those of the entries that are ready, and reports the others. It only asks a
// server: the entries of directories were looked at when they were named.
func (r *delivering) claimable(named *cmdline.Groups, q queue.Queue, ids []queue.ID) []queue.ID {
	remote, ok := q.(queue.Remote)
	if !ok {
		return ids
	}
	failed := remote.CanClaimEntries(ids)
	return slices.DeleteFunc(ids, func(id queue.ID) bool {
		err := failed[id]
		if err != nil {
			r.report(named.Explain(id, err))
		}
		return err != nil
	})
}
