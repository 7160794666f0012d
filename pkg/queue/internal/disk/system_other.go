//go:build !linux

package disk

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

const noAccessTime = 0

func (d *osDir) CreateUnnamed() (int, error) { return -1, unix.ENOTSUP }

func startSync(fd int) {}

func (d *osDir) Reserve(files int) {}

// SyncFS has no equal that says whether it failed.
func (d *osDir) SyncFS() func() error { return nil }

// isLocal and refresh cannot be asked portably.
func isLocal(fd int) bool  { return false }
func refresh(fd int) error { return nil }

func (d *osDir) Relinks() bool { return false }

// use marks a new file as in use, for unused. A filesystem without locks refuses
// both, and then no temporary file passes for forgotten.
func use(fd int) { _ = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) }

// unused can only ask the writers of this toolkit, which lock what they write.
func unused(fd int) bool {
	return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) == nil
}

// holders are nobody that can be told.
type holders struct{}

func (d *osDir) Holders(File) string { return "" }

// Read goes through package os, on a descriptor of its own, as the os.File
// closes it.
func (d *osDir) Read(fn func(name []byte, regular bool) error) error {
	fd, err := open(d.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), ".")
	defer f.Close()
	for {
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

// rootsLink follows no link: what was asked for its owner might not be what is read.
func rootsLink(dir int, name string) (target string, err error) {
	var st unix.Stat_t
	if err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return "", err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", unix.ENOTDIR
	}
	return "", ErrPlanted
}
