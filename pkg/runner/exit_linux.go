package runner

import "golang.org/x/sys/unix"

// awaitExit waits until a child has ended, and leaves it to be reaped: until
// then nobody else gets its number.
func awaitExit(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return
		}
	}
}

// siginfo.si_code of a child that ended by itself: waitid(2).
const cldExited = 1

// crashed says whether a child that has ended, and was not reaped, was ended by
// a signal.
func crashed(pid int) bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil)
	return err == nil && info.Code != cldExited
}

// tellsCrash says whether crashed can be asked.
const tellsCrash = true
