//go:build !linux

package disk

import "golang.org/x/sys/unix"

const noAccessTime = 0

func (d *osDir) CreateUnnamed() (int, error) { return -1, unix.ENOTSUP }
