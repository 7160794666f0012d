package qdeliver

import (
	"context"
	"errors"
	"runtime/debug"

	"switchboard/internal/cmdline"
	"switchboard/pkg/config"
	"switchboard/pkg/deliver"
	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// delivering is the command at work: one run over a queue, or one over each queue that has
// named entries.
type delivering struct {
	*show
	deliverer *deliver.Deliverer
	// ctx, drain and draining are how signals stop it.
	ctx, drain context.Context
	draining   func(running int)
}

// Memory for the first job, and for each other one: enough for a list of 100,000 recipients.
// Without a limit, as much garbage as that is left lying about.
const (
	memory       = 11 << 20
	memoryPerJob = 4 << 20
)

func (o *options) begin(c *cmdline.Context, settings deliver.Options) *delivering {
	debug.SetMemoryLimit(int64(memory + (o.jobs.Value-1)*memoryPerJob))
	r := &delivering{show: o.newShow(c)}
	r.ctx, r.drain, r.draining = c.StopSignals("running deliveries")
	c.MapStatus(mapStatus)
	settings.Drain = r.drain
	settings.Recipient, settings.Outage, settings.Report = r.recipient, r.outage, r.report
	r.server = settings.Server.String()
	r.deliverer = deliver.New(settings)
	return r
}

// options returns the options of a run over dir.
func (r *delivering) options(dir queue.Queue, about config.Queue) runner.Options {
	return runner.Options{
		Jobs: r.jobs.Value, MaxRestores: r.c.MaxRestores(about), Handler: r.deliverer.Handle,
		Refuse: func() error { return r.c.Refuse(dir.Path(), about) },
		Drain:  r.drain, Draining: r.draining,
		Outcome: r.outcome, Report: r.report, Outage: r.outage,
	}
}

// run makes one run.
func (r *delivering) run(dir queue.Queue, o runner.Options) error {
	r.queue = dir.Path()
	totals, err := runner.Run(r.ctx, dir, o)
	r.add(totals)
	return err
}

// end prints the totals, and returns the command's error: err, or the exit status.
func (r *delivering) end(err error) error {
	r.deliverer.Close()
	sent := r.deliverer.Totals()
	r.totals(sent)
	switch {
	case err != nil, r.wait:
		return err
	}
	return cmdline.Exit(r.status(sent))
}

// status returns the exit status of the worst that happened to an entry.
func (s *show) status(sent deliver.Totals) int {
	t := s.all
	status := cmdline.Nothing
	worse := func(is bool, than int) {
		if is && status == cmdline.Nothing {
			status = cmdline.OK
		}
		if is {
			status = cmdline.Worse(status, than)
		}
	}
	worse(t.Finished > 0 || s.reported, cmdline.OK)
	worse(t.Preserved > 0, cmdline.DataError)
	worse(t.Shunted > 0 || sent.Refused > 0, cmdline.Unavailable)
	worse(t.Waiting > 0 || t.Left || t.Retried > 0, cmdline.TempFail)
	return status
}

// mapStatus returns the exit status of an error.
func mapStatus(err error) int {
	switch {
	case errors.Is(err, deliver.ErrRejected), errors.Is(err, deliver.ErrRefusing):
		return cmdline.Unavailable
	case errors.Is(err, deliver.ErrNotOutgoing):
		return cmdline.DataError
	case errors.Is(err, deliver.ErrNeedsDomain):
		return cmdline.ConfigError
	}
	return cmdline.Status(err)
}
