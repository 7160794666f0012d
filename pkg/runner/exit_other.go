//go:build !linux

package runner

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// awaitExit waits until a child has ended, and does not reap it. This system reports
// neither that a child was stopped nor, before the child is reaped, that a signal ended it.
func awaitExit(pid int, _ func(syscall.Signal)) (crashed bool) {
	kq, err := unix.Kqueue()
	if err != nil {
		return false
	}
	defer unix.Close(kq)
	event := make([]unix.Kevent_t, 1)
	unix.SetKevent(&event[0], pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
	event[0].Fflags = unix.NOTE_EXIT
	for {
		// ESRCH: it has ended already.
		if _, err := unix.Kevent(kq, event, event, nil); err != unix.EINTR {
			return false
		}
	}
}

// tellsCrash means that awaitExit knows whether a signal ended the child.
const tellsCrash = false

// hasOthers returns false, because endedChild finds no children that others started.
func hasOthers() bool { return false }

// endedChild returns 0: to find an ended child, this system must reap it, and a command's
// job would not get its status.
func endedChild() int { return 0 }
