package runner

import (
	"encoding/binary"
	"os"
	"reflect"
	"syscall"

	"golang.org/x/sys/unix"
)

// siginfo.si_code of a child: waitid(2).
const (
	cldExited  = 1
	cldStopped = 5
)

// awaitExit waits until a child has ended, and reports whether a signal ended it. It does
// not reap the child: until that is done, no other process gets the child's number. Each
// time that a signal stops the child, awaitExit calls stopped, unless that is nil.
func awaitExit(pid int, stopped func(by syscall.Signal)) (crashed bool) {
	what := unix.WEXITED
	if stopped != nil {
		what |= unix.WSTOPPED
	}
	for {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, pid, &info, what|unix.WNOWAIT, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil || info.Code != cldStopped {
			return err == nil && info.Code != cldExited
		}
		// WNOWAIT left the event in place, so take it now. The child may have been
		// continued in the meantime.
		info = unix.Siginfo{}
		err = unix.Waitid(unix.P_PID, pid, &info, unix.WSTOPPED|unix.WNOHANG, nil)
		if err == nil && info.Code == cldStopped {
			stopped(syscall.Signal(childInfo(info, childStatus)))
		}
	}
}

// tellsCrash means that awaitExit knows whether a signal ended the child.
const tellsCrash = true

// hasOthers reports whether this process has, or as process 1 will have, children that it
// did not start. It must be called before the first command starts.
func hasOthers() bool {
	return os.Getpid() == 1 ||
		unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil) != unix.ECHILD
}

// endedChild returns a child that has ended and has not been reaped, 0 if there is none.
func endedChild() int {
	var info unix.Siginfo
	for {
		err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil)
		if err == nil {
			return childInfo(info, childNumber)
		}
		if err != unix.EINTR {
			return 0
		}
	}
}

// The indexes of si_pid and si_status, as 32-bit words, in a union that package unix has
// only as bytes.
const (
	childNumber = 0
	childStatus = 2
)

func childInfo(info unix.Siginfo, place int) int {
	fields := reflect.ValueOf(info)
	for _, f := range fields.Fields() {
		if f.Kind() == reflect.Array {
			var word [4]byte
			for j := range word {
				word[j] = byte(f.Index(4*place + j).Uint())
			}
			return int(int32(binary.NativeEndian.Uint32(word[:])))
		}
	}
	return 0
}
