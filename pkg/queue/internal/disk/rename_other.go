//go:build !linux && !darwin

package disk

import "golang.org/x/sys/unix"

// These systems can neither refuse to replace a file nor exchange two names. See
// [Unsupported].

func renameNoReplace(fromDir int, from string, toDir int, to string) error { return unix.ENOSYS }

func exchange(dir int, a, b string) error { return unix.ENOSYS }
