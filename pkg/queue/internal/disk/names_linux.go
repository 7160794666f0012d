package disk

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Offsets in the kernel's struct linux_dirent64: getdents64(2).
const (
	direntLength = 16
	direntType   = 18
	direntName   = 19
)

// firstNames is how many bytes of names are read at first.
const firstNames = 4 << 10

// Read parses the result of getdents64 in place. For a million names this takes a
// quarter of the time of os.ReadDir, which makes a string and a stat for each.
func (d *osDir) Read(fn func(name []byte, regular bool) error) error {
	if _, err := unix.Seek(d.fd, 0, 0); err != nil {
		return err
	}
	if d.buffer == nil {
		d.buffer = make([]byte, 64<<10)
	}
	// A caller that stops at the first names waits only for a few.
	for buffer := d.buffer[:firstNames]; ; buffer = d.buffer {
		var n int
		d.turn.did(blockOfNames)
		err := again(func() (err error) { n, err = unix.Getdents(d.fd, buffer); return err })
		if err != nil || n == 0 {
			return err
		}
		for rest := buffer[:n]; len(rest) > 0; {
			length := int(binary.NativeEndian.Uint16(rest[direntLength:]))
			record := rest[:length]
			rest = rest[length:]
			if binary.NativeEndian.Uint64(record) == 0 {
				continue // a deleted name on some filesystems
			}
			name := record[direntName:]
			name = name[:bytes.IndexByte(name, 0)]
			if string(name) == "." || string(name) == ".." {
				continue
			}
			regular := record[direntType] == unix.DT_REG
			if record[direntType] == unix.DT_UNKNOWN {
				s, err := d.Lstat(string(name))
				regular = err == nil && s.Regular()
			}
			if err := fn(name, regular); err != nil {
				return err
			}
		}
	}
}
