package main

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"switchboard/pkg/cmdline"
)

// signals are those that stop a run, and what to tell a person of each. One that was
// ignored when qrun started, by nohup(1) or a shell's "&", stays ignored.
func (o *options) signals(c *cmdline.Context) (stop <-chan os.Signal, stopping func(running int)) {
	// Commands inherit ignored signals, and would not end when their reader goes.
	// So SIGPIPE is caught instead.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	caught := make(chan os.Signal, 4)
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) {
			signal.Notify(caught, s)
		}
	}
	text := "waiting for running commands; a second signal stops them"
	switch {
	case c.Interactive():
		text = "waiting for running commands; press ^C again to stop them"
	case !o.Verbose:
		return caught, nil
	}
	said := false
	return caught, func(running int) {
		if !said && running > 0 {
			said = true
			// The terminal has shown the keys.
			c.ClearLine()
			c.Warn(errors.New(text))
		}
	}
}
