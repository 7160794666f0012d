package disk

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Watch reports new names in a directory. Wait does not miss names that came since the
// watch began.
type Watch struct {
	// events is the inotify descriptor, nil if there is none.
	events *os.File
	suffix string
	buffer []byte
}

// NewWatch starts to watch a directory for names that end in suffix. If the system
// cannot watch it, Wait returns after a second, so that its caller looks.
func NewWatch(path, suffix string) *Watch {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return &Watch{}
	}
	// A new name is made by a rename or, on filesystems where a rename cannot refuse to
	// replace a file, by a link.
	const what = unix.IN_MOVED_TO | unix.IN_CREATE | unix.IN_MOVE_SELF | unix.IN_DELETE_SELF | unix.IN_ONLYDIR
	if _, err := unix.InotifyAddWatch(fd, path, what); err != nil {
		unix.Close(fd)
		return &Watch{}
	}
	return &Watch{os.NewFile(uintptr(fd), "inotify"), suffix, make([]byte, 16<<10)}
}

// Wait waits until a name came, but at most for d. If ctx is done before, it returns
// ctx's error.
func (w *Watch) Wait(ctx context.Context, d time.Duration) error {
	if w.events == nil {
		return pause(ctx, d)
	}
	if err := w.events.SetReadDeadline(time.Now().Add(d)); err != nil {
		return err
	}
	events, err := w.events.SyscallConn()
	if err != nil {
		return err
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		w.events.SetReadDeadline(time.Unix(1, 0))
	})
	came := false
	// One look at the directory answers all events that have come, so read all of them.
	err = events.Read(func(fd uintptr) bool {
		for {
			var n int
			err := again(func() (err error) { n, err = unix.Read(int(fd), w.buffer); return err })
			if n <= 0 || err != nil {
				return came
			}
			came = came || tells(w.buffer[:n], w.suffix)
		}
	})
	if !stop() {
		<-ended // or it would end the next wait
	}
	switch {
	case came:
		return nil // the events have been read, so a later Wait would not see them
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil
	}
	return err
}

// tells says whether one of the events is a name that ends in suffix. In a busy queue
// most events are about entries being written and about claims. A waiter need not list
// the directory for those.
func tells(events []byte, suffix string) bool {
	for len(events) >= unix.SizeofInotifyEvent {
		size := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(events[12:]))
		if size > len(events) {
			break
		}
		name, _, _ := bytes.Cut(events[unix.SizeofInotifyEvent:size], []byte{0})
		// Events without a name are about the directory itself, or say that events were
		// lost.
		if len(name) == 0 || bytes.HasSuffix(name, []byte(suffix)) {
			return true
		}
		events = events[size:]
	}
	return len(events) > 0
}

// Close ends the watch.
func (w *Watch) Close() error {
	if w.events == nil {
		return nil
	}
	return w.events.Close()
}
