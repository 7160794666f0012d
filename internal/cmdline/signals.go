package cmdline

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// StopSignals catches the signals that stop a run. After the first one drain is done, and
// after the second one ctx is. draining, if not nil, prints that the run waits for what is
// running. A signal that was ignored when the command was started, by nohup(1) or a shell's
// "&", stays ignored.
func (c *Context) StopSignals(running string) (ctx, drain context.Context, draining func(n int)) {
	// Catch SIGPIPE instead of ignoring it: children would inherit an ignored signal,
	// and would not end when their reader goes.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	caught := make(chan os.Signal, 4)
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) {
			signal.Notify(caught, s)
		}
	}
	ctx, end := context.WithCancel(context.Background())
	drain, stop := context.WithCancel(ctx)
	go func() {
		<-caught
		stop()
		<-caught
		end()
	}()
	text := "waiting for " + running + "; a second signal stops them"
	switch {
	case c.Interactive():
		text = "waiting for " + running + "; press ^C again to stop them"
	case !c.options.Verbose:
		return ctx, drain, nil
	}
	return ctx, drain, func(n int) {
		if n > 0 {
			// The terminal may show ^C.
			c.ClearLine()
			c.Warn(errors.New(text))
		}
	}
}
