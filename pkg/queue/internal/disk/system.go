package disk

import (
	"math"
	"time"

	"golang.org/x/sys/unix"
)

// OS is the kernel.
type OS struct{}

func (OS) Now() time.Time        { return time.Now() }
func (OS) Sleep(d time.Duration) { time.Sleep(d) }

func (OS) OpenFiles() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 256 // the lowest default of any system
	}
	return int(min(uint64(limit.Cur), math.MaxInt32))
}

func (OS) OpenDir(path string) (Dir, error) {
	fd, err := openNamed(path)
	if err != nil {
		return nil, err
	}
	return &osDir{fd: fd}, nil
}

func (OS) Root() bool { return unix.Geteuid() == 0 }

func open(dir int, name string, flags int) (fd int, err error) {
	err = again(func() error {
		fd, err = unix.Openat(dir, name, flags|unix.O_CLOEXEC, 0o600)
		return err
	})
	return fd, err
}

// again repeats a call that a signal interrupted: the Go runtime preempts its
// threads with signals, and not every filesystem restarts the call by itself.
func again(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}
