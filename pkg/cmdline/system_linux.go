package cmdline

import "golang.org/x/sys/unix"

// replace makes the descriptor to a duplicate of the descriptor from.
func replace(from, to int) error { return unix.Dup3(from, to, 0) }

// coreLimit is the limit that prevents core dumps. With 0, a program to which
// core_pattern pipes dumps still gets them. With 1 the kernel does not start it, and no
// dump fits in a file of one byte.
const coreLimit = 1
