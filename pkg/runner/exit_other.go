//go:build !linux

package runner

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// awaitExit waits until a child has ended and does not reap it. This system does not
// tell when a child is stopped.
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

// crashed is not known on this system before the child is reaped.
func crashed(int) bool { return false }

// tellsCrash says whether crashed can be asked.
const tellsCrash = false

// endedChild is not known on this system without reaping the child, which would take a
// command's status from its job.
func endedChild() int { return 0 }

func reapChild(int) {}
