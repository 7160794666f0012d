package syslog

import (
	"io"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// sockets are where log daemons listen.
var sockets = func() []string {
	if runtime.GOOS == "linux" {
		return []string{"/dev/log"}
	}
	return []string{"/var/run/log", "/var/run/syslog"}
}()

// send sends one line to the first daemon that takes it. It names the daemon's
// socket every time, which is how it finds a daemon that was restarted.
func (w *Writer) send(line []byte) error {
	if w.fd < 0 {
		fd, err := socket(unix.SOCK_DGRAM)
		if err != nil {
			return err
		}
		w.fd = fd
	}
	err := error(unix.ENOENT)
	for _, path := range w.sockets {
		to := &unix.SockaddrUnix{Name: path}
		if err = unix.Sendto(w.fd, line, 0, to); err == unix.EPROTOTYPE {
			err = sendStream(line, to)
		}
		if err == nil {
			break
		}
	}
	return err
}

// sendStream sends one line to a daemon that listens on a stream socket, where a
// NUL ends the line.
func sendStream(line []byte, to unix.Sockaddr) error {
	fd, err := socket(unix.SOCK_STREAM)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Connect(fd, to); err != nil {
		return err
	}
	n, err := unix.Write(fd, append(line, 0))
	if err == nil && n <= len(line) {
		err = io.ErrShortWrite
	}
	return err
}

// socket opens a socket that never waits and that no child inherits.
func socket(kind int) (int, error) {
	// A child that is forked between the two calls would inherit the socket.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(unix.AF_UNIX, kind, 0)
	if err != nil {
		return -1, err
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Close closes the socket. The next Log would open another one.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fd < 0 {
		return nil
	}
	fd := w.fd
	w.fd = -1
	return unix.Close(fd)
}
