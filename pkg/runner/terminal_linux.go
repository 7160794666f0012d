package runner

import (
	"runtime"

	"golang.org/x/sys/unix"
)

const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)

func foregroundOf(fd int) (group int, err error) {
	n, err := unix.IoctlGetUint32(fd, unix.TIOCGPGRP)
	return int(n), err
}

// inBackground lets this thread use the terminal while another process group has the
// foreground, until end is called. It does not ignore SIGTTOU, because commands would
// inherit that.
func inBackground() (end func()) {
	var block, before unix.Sigset_t
	block.Val[0] = 1 << (uint(unix.SIGTTOU) - 1)
	runtime.LockOSThread()
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &block, &before); err != nil {
		return runtime.UnlockOSThread
	}
	return func() {
		if unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil) == nil {
			runtime.UnlockOSThread()
		}
	}
}
