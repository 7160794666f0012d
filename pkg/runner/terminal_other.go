//go:build !linux

package runner

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)

func foregroundOf(fd int) (group int, err error) { return unix.IoctlGetInt(fd, unix.TIOCGPGRP) }

// inBackground lets this process use the terminal while another process group has the
// foreground, until end is called. After that SIGTTOU is caught instead of ignored, because
// commands would inherit an ignored signal.
func inBackground() (end func()) {
	signal.Ignore(syscall.SIGTTOU)
	return func() { signal.Notify(make(chan os.Signal, 1), syscall.SIGTTOU) }
}
