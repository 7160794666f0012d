package runner

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// SignalName is a signal as kill(1) calls it, or what there is to say of one that
// has no name.
func SignalName(s os.Signal) string {
	if number, ok := s.(syscall.Signal); ok {
		if name := unix.SignalName(number); name != "" {
			return name
		}
	}
	return s.String()
}
