//go:build !linux

package cmdline

import "golang.org/x/sys/unix"

// replace makes the descriptor to a duplicate of the descriptor from.
func replace(from, to int) error { return unix.Dup2(from, to) }

// coreLimit is the limit that prevents core dumps.
const coreLimit = 0

// keepForProgram returns the descriptor of something with data, which a program that replaces
// this one inherits.
func keepForProgram(data []byte) (fd int, err error) { return keepInPipe(data) }

// makeRoom does nothing: the system decides how much a pipe takes.
func makeRoom(pipe, size int) {}
