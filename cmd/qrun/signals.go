package main

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/mattn/go-isatty"

	"switchboard/pkg/cmdline"
)

// signals are those that stop a run, and what to tell a person of each. One that was
// ignored when qrun started, by nohup(1) or a shell's "&", stays ignored.
func signals(c *cmdline.Context) (stop <-chan os.Signal, stopping func(running int)) {
	// Commands inherit ignored signals, and would not end when their reader goes.
	// So SIGPIPE is caught instead.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	caught := make(chan os.Signal, 4)
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) {
			signal.Notify(caught, s)
		}
	}
	text, line := "waiting for running commands; a second signal stops them", ""
	switch {
	case isatty.IsTerminal(os.Stderr.Fd()):
		// The terminal has shown the keys.
		text, line = "waiting for running commands; press ^C again to stop them", "\r\x1b[K"
	case !c.Bool("verbose"):
		return caught, nil
	}
	said := false
	return caught, func(running int) {
		if !said && running > 0 {
			said = true
			os.Stderr.WriteString(line)
			c.Warn(errors.New(text))
		}
	}
}
