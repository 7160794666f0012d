package runner

import (
	"encoding/binary"
	"reflect"
	"syscall"

	"golang.org/x/sys/unix"
)

// siginfo.si_code of a child: waitid(2).
const (
	cldExited  = 1
	cldStopped = 5
)

// awaitExit waits until a child has ended, and leaves it to be reaped: until then
// nobody else gets its number. When a signal stops it instead, it calls stopped,
// unless that is nil.
func awaitExit(pid int, stopped func(by syscall.Signal)) {
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
			return
		}
		// It is told of until somebody has taken it; and may be over by now.
		info = unix.Siginfo{}
		err = unix.Waitid(unix.P_PID, pid, &info, unix.WSTOPPED|unix.WNOHANG, nil)
		if err == nil && info.Code == cldStopped {
			stopped(syscall.Signal(childInfo(info, childStatus)))
		}
	}
}

// crashed says whether a child that has ended, and was not reaped, was ended by
// a signal.
func crashed(pid int) bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil)
	return err == nil && info.Code != cldExited
}

// tellsCrash says whether crashed can be asked.
const tellsCrash = true

// endedChild is a child that has ended and was not reaped, 0 if there is none.
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

// What siginfo says of a child, by its place in a union of which package unix has no
// more than the bytes: si_pid and si_status.
const (
	childNumber = 0
	childStatus = 2
)

func childInfo(info unix.Siginfo, place int) int {
	fields := reflect.ValueOf(info)
	for i := range fields.NumField() {
		if f := fields.Field(i); f.Kind() == reflect.Array {
			var word [4]byte
			for j := range word {
				word[j] = byte(f.Index(4*place + j).Uint())
			}
			return int(int32(binary.NativeEndian.Uint32(word[:])))
		}
	}
	return 0
}

func reapChild(pid int) {
	for {
		if _, err := unix.Wait4(pid, nil, unix.WNOHANG, nil); err != unix.EINTR {
			return
		}
	}
}
