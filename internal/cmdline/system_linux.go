package cmdline

import "golang.org/x/sys/unix"

// replace makes the descriptor to a duplicate of the descriptor from.
func replace(from, to int) error { return unix.Dup3(from, to, 0) }

// coreLimit is the limit that prevents core dumps. With 0, a program to which
// core_pattern pipes dumps still gets them. With 1 the kernel does not start it, and no
// dump fits in a file of one byte.
const coreLimit = 1

// keepForProgram returns the descriptor of a file with data, which a program that replaces
// this one inherits. A pipe does as well where there are no files in memory (before Linux
// 3.17), but by itself it takes only 64 KiB.
func keepForProgram(data []byte) (fd int, err error) {
	fd, err = unix.MemfdCreate("standard input", 0)
	if err != nil {
		return keepInPipe(data)
	}
	for err == nil && len(data) > 0 {
		var n int
		n, err = unix.Write(fd, data)
		data = data[max(n, 0):]
	}
	if err == nil {
		_, err = unix.Seek(fd, 0, unix.SEEK_SET)
	}
	return fd, err
}

// makeRoom has a pipe take size bytes, if the kernel lets everybody have that much.
func makeRoom(pipe, size int) { _, _ = unix.FcntlInt(uintptr(pipe), unix.F_SETPIPE_SZ, size) }
