//go:build !linux

package runner

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// awaitExit waits until a child has ended, and does not reap it. This system does not
// report that a child was stopped.
func awaitExit(pid int, _ func(syscall.Signal)) {
	kq, err := unix.Kqueue()
	if err != nil {
		return
	}
	defer unix.Close(kq)
	event := make([]unix.Kevent_t, 1)
	unix.SetKevent(&event[0], pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
	event[0].Fflags = unix.NOTE_EXIT
	for {
		// ESRCH: it has ended already.
		if _, err := unix.Kevent(kq, event, event, nil); err != unix.EINTR {
			return
		}
	}
}

// crashed returns false: this system does not tell before the child is reaped.
func crashed(int) bool { return false }

// tellsCrash means that crashed works on this system.
const tellsCrash = false

// endedChild returns 0: to find an ended child, this system must reap it, and a command's
// job would not get its status.
func endedChild() int { return 0 }

func reapChild(int) {}
