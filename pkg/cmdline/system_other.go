//go:build !linux

package cmdline

import "golang.org/x/sys/unix"

// replace makes the descriptor to a duplicate of the descriptor from.
func replace(from, to int) error { return unix.Dup2(from, to) }

// coreLimit is the limit that prevents core dumps.
const coreLimit = 0
