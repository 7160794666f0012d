//go:build !linux

package cmdline

import "golang.org/x/sys/unix"

// replace makes the descriptor to another name of from.
func replace(from, to int) error { return unix.Dup2(from, to) }

// coreLimit is the limit that stops core dumps.
const coreLimit = 0
