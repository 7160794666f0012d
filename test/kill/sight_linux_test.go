package kill

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// sight is what can be seen of the queues at a moment.
type sight struct {
	*found
	// handed and handedStores are how often each message has been handed out by qrun.
	handed, handedStores []int
	// files are the paths of all files, and locked those that somebody has locked.
	files, locked map[string]bool
	// slice means that somebody runs a slice of a queue.
	slice bool
}

// see looks at the queues while nobody works on them.
func (w *world) see() (*sight, error) {
	places, err := w.find(w.of, look{})
	if err != nil {
		return nil, err
	}
	s := &sight{found: places, files: map[string]bool{}, locked: map[string]bool{}}
	if s.handed, s.handedStores, err = w.handed(); err != nil {
		return nil, err
	}
	for _, name := range queues {
		entries, err := os.ReadDir(w.dir(name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			path := filepath.Join(w.dir(name), e.Name())
			s.files[path] = true
			locked, slice, err := lockedBySomebody(path)
			if err != nil {
				return nil, err
			}
			s.locked[path], s.slice = locked, s.slice || slice
		}
	}
	return s, nil
}

// lockedBySomebody reports whether a process has locked a file, or a part of it.
func lockedBySomebody(path string) (whole, part bool, err error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err == unix.EWOULDBLOCK {
		return true, false, nil // a lease, which a stopped process does not give up
	}
	if err != nil {
		return false, false, fmt.Errorf("%s: %w", path, err)
	}
	defer unix.Close(fd)
	// A child of another test has this descriptor, too, until it executes its program: the
	// lock must be given up, and not only the descriptor closed.
	err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	switch err {
	case nil:
		err = unix.Flock(fd, unix.LOCK_UN)
	case unix.EWOULDBLOCK:
		whole, err = true, nil
	}
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	err = errors.Join(err, unix.FcntlFlock(uintptr(fd), unix.F_GETLK, &lock))
	return whole, lock.Type != unix.F_UNLCK, err
}
