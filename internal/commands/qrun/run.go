package qrun

import (
	"cmp"
	"errors"
	"runtime"

	"switchboard/internal/cmdline"
	"switchboard/pkg/runner"
)

// mostWaiting is how many jobs add a processor.
const mostWaiting = 8

// runOver runs a command over the queue that operand names.
func (o *options) runOver(c *cmdline.Context, operand string, command []string) error {
	found, err := runner.Find(command[0], command[1:]...)
	if err != nil {
		return cannotRun(c, err)
	}
	dir, settings, err := c.OpenAndWait(o.wait, operand)
	if err != nil {
		return err
	}
	stdout, stderr, release, err := c.ChildOutput()
	if err != nil {
		return err
	}
	defer release()
	if o.JSON {
		// Standard output must have nothing but the events.
		stdout = stderr
	}
	ctx, drain, draining := c.StopSignals("running commands")
	c.MapStatus(mapStatus)
	// One goroutine waits for each command, and one for the disk. While such a system call
	// lasts, the runtime leaves its processor alone as long as another one is idle.
	// Otherwise it looks every 20 microseconds for what it could take away.
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + min(o.jobs.Value, mostWaiting) + 1)
	show := o.newShow(c, dir.Path())
	totals, err := runner.Run(ctx, dir, runner.Options{
		Slice: o.Slice.Value, Jobs: o.jobs.Value, Wait: o.wait, Keep: o.keep, Prefix: o.Verbose,
		Timeout: o.Timeout.Value, MinAge: o.MinAge.Value,
		MaxRestores: c.MaxRestores(settings), MaxFailures: o.maxFailures.Value,
		Command: found, Env: c.Environ(), TempDir: cmp.Or(c.Getenv("TMPDIR"), "/tmp"), Stdout: stdout, Stderr: stderr,
		// This process starts nothing but COMMANDs.
		Terminal: true, Reap: true,
		Refuse: func() error { return c.Refuse(dir.Path(), settings) },
		Drain:  drain, Draining: draining,
		Outcome: show.outcome, Report: c.Report, Outage: c.Warn,
	})
	show.end(totals)
	if err != nil {
		return cannotRun(c, err)
	}
	if o.wait {
		return nil
	}
	return status(totals)
}

// cannotRun reports a command that cannot be run, and exits with the shell's status for
// that. It returns any other error unchanged.
func cannotRun(c *cmdline.Context, err error) error {
	command, ok := errors.AsType[*runner.CommandError](err)
	if !ok {
		return err
	}
	c.Warn(err)
	return cmdline.Exit(command.Status)
}
