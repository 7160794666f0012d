//go:build !linux

package disk

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Read uses package os, with a descriptor of its own, because the os.File closes it.
func (d *osDir) Read(fn func(name []byte, regular bool) error) error {
	fd, err := open(d.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), ".")
	defer f.Close()
	for {
		d.turn.did(blockOfNames)
		list, err := f.ReadDir(1024)
		for _, e := range list {
			if err := fn([]byte(e.Name()), e.Type().IsRegular()); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
