package server

import (
	"cmp"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// socket is a connection to a server. Once it is direct, whoever reads from it waits in the
// kernel.
//
// Otherwise Go's poller wakes one thread when the server answers and again when it has taken
// what was written, and this one often wakes another. Together that takes longer than the
// server takes for a claim.
type socket struct {
	net.Conn
	// isDirect says that fd is used, and not Conn.
	isDirect bool
	// using is held for reading by those that use fd, and by the one that closes it.
	using sync.RWMutex
	// fd is -1 once it is closed.
	fd int
	// closed means that nothing more can be read or written. readUntil and writeUntil are
	// the deadlines as times since opened, or 0.
	closed                atomic.Bool
	opened                time.Time
	readUntil, writeUntil atomic.Int64
}

// theDirect is the direct socket of this process. There is one at most: a thread that waits in
// the kernel keeps other goroutines waiting for a moment, and several do so for each other.
var theDirect atomic.Pointer[socket]

// notice is how long it takes at most until somebody who waits notices a new deadline.
const notice = 50 * time.Millisecond

// direct takes the socket out of Go's poller, unless another one is. Nobody may be using it.
func (s *socket) direct() (err error) {
	if !theDirect.CompareAndSwap(nil, s) {
		return nil
	}
	defer func() {
		if !s.isDirect {
			s.resign()
		}
	}()
	fd := -1
	failed := s.control(func(of int) { fd, err = unix.FcntlInt(uintptr(of), unix.F_DUPFD_CLOEXEC, 0) })
	if failed != nil || err != nil {
		return cmp.Or(failed, err)
	}
	tv := unix.NsecToTimeval(int64(notice))
	for _, err := range []error{
		unix.SetNonblock(fd, false),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &tv),
		s.Conn.Close(), // the poller forgets the other descriptor
	} {
		if err != nil {
			unix.Close(fd)
			return err
		}
	}
	s.fd, s.isDirect = fd, true
	return nil
}

// resign lets another socket become direct.
func (s *socket) resign() { theDirect.CompareAndSwap(s, nil) }

func (s *socket) Read(p []byte) (int, error) {
	if !s.isDirect {
		return s.Conn.Read(p)
	}
	s.using.RLock()
	defer s.using.RUnlock()
	for {
		if err := s.usable(&s.readUntil); err != nil {
			return 0, err
		}
		n, err := unix.Read(s.fd, p)
		switch {
		case err == nil && n == 0 && len(p) > 0:
			return 0, io.EOF
		case err == nil:
			return n, nil
		case !again(err):
			return 0, os.NewSyscallError("read", err)
		}
	}
}

func (s *socket) Write(p []byte) (n int, err error) {
	if !s.isDirect {
		return s.Conn.Write(p)
	}
	s.using.RLock()
	defer s.using.RUnlock()
	for n < len(p) {
		if err := s.usable(&s.writeUntil); err != nil {
			return n, err
		}
		more, err := unix.Write(s.fd, p[n:])
		switch {
		case err == nil:
			n += more
		case !again(err):
			return n, os.NewSyscallError("write", err)
		}
	}
	return n, nil
}

// again reports whether an error means that nothing has happened for some time, or that a signal
// came.
func again(err error) bool { return err == unix.EAGAIN || err == unix.EINTR }

// usable fails if the socket was closed, or if it is later than until.
func (s *socket) usable(until *atomic.Int64) error {
	if at := until.Load(); at != 0 && int64(time.Since(s.opened)) >= at {
		return os.ErrDeadlineExceeded
	}
	if s.closed.Load() {
		return net.ErrClosed
	}
	return nil
}

// Close ends what is being read and written, too.
func (s *socket) Close() error {
	if s.closed.Swap(true) {
		return net.ErrClosed
	}
	s.resign()
	if !s.isDirect {
		return s.Conn.Close()
	}
	unix.Shutdown(s.fd, unix.SHUT_RDWR) // nobody else gets past closed and changes fd
	s.using.Lock()
	defer s.using.Unlock()
	fd := s.fd
	s.fd = -1
	return os.NewSyscallError("close", unix.Close(fd))
}

func (s *socket) SetDeadline(t time.Time) error {
	return cmp.Or(s.SetReadDeadline(t), s.SetWriteDeadline(t))
}

func (s *socket) SetReadDeadline(t time.Time) error {
	return s.setDeadline(&s.readUntil, t, s.Conn.SetReadDeadline)
}

func (s *socket) SetWriteDeadline(t time.Time) error {
	return s.setDeadline(&s.writeUntil, t, s.Conn.SetWriteDeadline)
}

func (s *socket) setDeadline(until *atomic.Int64, t time.Time, set func(time.Time) error) error {
	if t.IsZero() {
		until.Store(0)
	} else {
		until.Store(max(int64(t.Sub(s.opened)), 1))
	}
	if s.isDirect {
		return nil
	}
	return set(t)
}

// control calls f with the descriptor.
func (s *socket) control(f func(fd int)) error {
	if s.isDirect {
		s.using.RLock()
		defer s.using.RUnlock()
		f(s.fd)
		return nil
	}
	raw, err := s.Conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	return raw.Control(func(fd uintptr) { f(int(fd)) })
}
