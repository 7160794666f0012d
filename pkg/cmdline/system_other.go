//go:build !linux

package cmdline

import "golang.org/x/sys/unix"

// replace makes the descriptor to a duplicate of the descriptor from.
func replace(from, to int) error { return unix.Dup2(from, to) }

// coreLimit is the limit that prevents core dumps.
const coreLimit = 0

// keepForProgram returns the descriptor of a pipe with data, which a program that replaces
// this one inherits.
func keepForProgram(data []byte) (fd int, err error) {
	var ends [2]int
	if err := unix.Pipe(ends[:]); err != nil {
		return 0, err
	}
	unix.CloseOnExec(ends[1])
	// A pipe that has too little room must not block its only reader.
	if err := unix.SetNonblock(ends[1], true); err != nil {
		return 0, err
	}
	n, err := unix.Write(ends[1], data)
	if err == nil && n < len(data) {
		err = unix.EAGAIN
	}
	unix.Close(ends[1])
	return ends[0], err
}
