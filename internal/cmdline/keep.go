package cmdline

import "golang.org/x/sys/unix"

// keepInPipe returns the descriptor of a pipe with data, which a program that replaces this
// one inherits.
func keepInPipe(data []byte) (fd int, err error) {
	var ends [2]int
	if err := unix.Pipe(ends[:]); err != nil {
		return 0, err
	}
	defer unix.Close(ends[1])
	makeRoom(ends[1], len(data))
	// A pipe that has too little room must not block its only reader.
	err = unix.SetNonblock(ends[1], true)
	if err == nil {
		var n int
		if n, err = unix.Write(ends[1], data); err == nil && n < len(data) {
			err = unix.EAGAIN
		}
	}
	if err != nil {
		unix.Close(ends[0])
		return 0, err
	}
	return ends[0], nil
}
