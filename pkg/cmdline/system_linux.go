package cmdline

import "golang.org/x/sys/unix"

// replace makes the descriptor to another name of from.
func replace(from, to int) error { return unix.Dup3(from, to, 0) }

// coreLimit is the limit that stops core dumps. A program that core_pattern pipes
// dumps to gets them with 0 as well. With 1 the kernel does not start it, and no
// file is as small as that.
const coreLimit = 1
