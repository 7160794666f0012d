//go:build !linux && !darwin

package disk

import "golang.org/x/sys/unix"

// These systems cannot rename without replacing, nor exchange two names: see
// Unsupported.

func renameNoReplace(fromDir int, from string, toDir int, to string) error { return unix.ENOSYS }

func exchange(dir int, a, b string) error { return unix.ENOSYS }

func fsync(fd int) error { return unix.Fsync(fd) }
