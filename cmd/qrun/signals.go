package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/mattn/go-isatty"

	"switchboard/pkg/cmdline"
)

// signals are those that stop a run. One that was ignored when the command
// started, by nohup(1) or a shell's "&", stays ignored.
func signals(c *cmdline.Context) <-chan os.Signal {
	// What is ignored stays so in every COMMAND, which would not end when its
	// reader goes; what is caught does not.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	caught := make(chan os.Signal, 4)
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(caught, s)
		}
	}
	terminal := isatty.IsTerminal(os.Stderr.Fd())
	if !terminal && !c.Bool("verbose") {
		return caught
	}
	begin := ""
	if terminal {
		begin = "\r\x1b[K"
	}
	stop := make(chan os.Signal, 4)
	go func() {
		for s := range caught {
			stop <- s
			os.Stderr.WriteString(begin + c.Name + ": ending with the commands that run; once more ends them as well\n")
		}
	}()
	return stop
}
