package journal

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/pkg/syslog"
)

// How long a line waits for a busy log daemon, and how often it tries again meanwhile. The
// socket holds only a few lines, and thousands of entries may be restored at once.
const (
	patience = 100 * time.Millisecond
	pause    = time.Millisecond
)

// system is the system's log.
type system struct {
	// log is a *syslog.Writer, except in tests.
	log interface {
		Log(syslog.Severity, string) error
		Close() error
	}
	// hung means that the last line found no room. The next one does not wait, so a
	// daemon that hangs does not slow the work down.
	hung bool
}

func (s *system) write(line []byte) error {
	err := s.log.Log(syslog.Info, string(line))
	for waited := time.Duration(0); full(err) && !s.hung && waited < patience; waited += pause {
		time.Sleep(pause)
		err = s.log.Log(syslog.Info, string(line))
	}
	s.hung = full(err)
	return err
}

// full reports whether the daemon's socket has no room.
func full(err error) bool { return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ENOBUFS) }

// Close implements [io.Closer].
func (s *system) Close() error { return s.log.Close() }
