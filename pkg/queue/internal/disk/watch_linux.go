package disk

import (
	"bytes"
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"
)

// Watch is told of the names that come into a directory. What happened since the
// watch began is not missed by the next wait.
type Watch struct {
	fd     int
	suffix string
}

// NewWatch begins to watch a directory for names that end in suffix.
func NewWatch(path, suffix string) *Watch {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err == nil {
		// A name comes by a rename or, where nothing better prevents overwriting, by a
		// link.
		if _, err = unix.InotifyAddWatch(fd, path, unix.IN_MOVED_TO|unix.IN_CREATE|unix.IN_MOVE_SELF|unix.IN_DELETE_SELF|unix.IN_ONLYDIR); err != nil {
			unix.Close(fd)
		}
	}
	if err != nil {
		fd = -1 // a look now and then has to do
	}
	return &Watch{fd, suffix}
}

// Wait waits until a name came, or for d.
func (w *Watch) Wait(d time.Duration) error {
	if w.fd < 0 {
		time.Sleep(min(d, time.Second))
		return nil
	}
	buf := make([]byte, 16<<10)
	for end := time.Now().Add(d); d > 0; d = time.Until(end) {
		fds := []unix.PollFd{{Fd: int32(w.fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, int(d/time.Millisecond)+1); err != nil && err != unix.EINTR {
			return err
		}
		// What has come is looked at all at once.
		came := false
		for {
			n, err := unix.Read(w.fd, buf)
			if n <= 0 || err != nil {
				break
			}
			came = came || tells(buf[:n], w.suffix)
		}
		if came {
			return nil
		}
	}
	return nil
}

// tells says whether one of some events is a name that ends in suffix. In a busy queue
// most are not: entries being written, and other claims, for each of which a waiter
// need not list the directory.
func tells(events []byte, suffix string) bool {
	for len(events) >= unix.SizeofInotifyEvent {
		size := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(events[12:]))
		if size > len(events) {
			break
		}
		name, _, _ := bytes.Cut(events[unix.SizeofInotifyEvent:size], []byte{0})
		// Without a name it is the directory itself, or lost events.
		if len(name) == 0 || bytes.HasSuffix(name, []byte(suffix)) {
			return true
		}
		events = events[size:]
	}
	return len(events) > 0
}

// Close ends the watch.
func (w *Watch) Close() error {
	if w.fd < 0 {
		return nil
	}
	return unix.Close(w.fd)
}
