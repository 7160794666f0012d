package site

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// mark is what a master wrote into one of its places.
type mark struct {
	place
	pid int
	// host is the name of the machine, which only a lock has.
	host string
	// written is when the master did that last.
	written time.Time
	// expires is when a lock may be broken if it has not been refreshed.
	expires time.Time
}

// lockLife is for how long both generations take the lock of the master. They refresh
// it once a day, by setting its modification time that far into the future.
const lockLife = 30 * time.Hour

// Sizes of what is read: a number in a pid file; a path, a host name and two numbers in
// a lock.
const (
	mostPid  = 64
	mostLock = 8 << 10
)

// read reads the mark in a place. It is nil if there is none: no file, not a regular
// one, or one without the number of a process. The error is a file that may not be
// read.
func (m *machine) read(p place) (*mark, error) {
	path := m.root + p.path
	// A look before the open, because opening a FIFO releases its writer, and opening a
	// device may do anything.
	st, err := os.Stat(path)
	if err == nil && !st.Mode().IsRegular() {
		return nil, nil
	}
	if err != nil {
		return nil, denied(err)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, denied(err)
	}
	defer f.Close()
	if st, err = f.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, nil
	}
	most := mostPid
	if p.lock {
		most = mostLock
	}
	text, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err != nil || len(text) > most {
		return nil, nil
	}
	found := &mark{place: p, written: st.ModTime()}
	if p.lock {
		found.written, found.expires = st.ModTime().Add(-lockLife), st.ModTime()
		found.host, found.pid = lockHolder(string(text))
	} else {
		found.pid = number(strings.TrimSpace(string(text)))
	}
	if found.pid == 0 {
		return nil, nil
	}
	return found, nil
}

// denied returns an error if it is about permissions. A file that is not there, or
// cannot be there, is not an error.
func denied(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok && errors.Is(err, fs.ErrPermission) {
		return path.Err
	}
	return nil
}

// lockHolder parses the text of a lock, which is the name of its holder's own file:
// LOCK|HOST|PID|RANDOM by Mailman 3 (flufl.lock), LOCK.HOST.PID.COUNTER by Mailman
// 2.1. pid is 0 if it is neither.
func lockHolder(text string) (host string, pid int) {
	text = strings.TrimSpace(text)
	if parts := strings.Split(text, "|"); len(parts) >= 4 {
		n := len(parts)
		return parts[n-3], number(parts[n-2])
	}
	_, name, ok := strings.Cut(text[strings.LastIndex(text, "/")+1:], ".")
	parts := strings.Split(name, ".")
	n := len(parts)
	if !ok || n < 3 || number(parts[n-2]) == 0 {
		return "", 0
	}
	return strings.Join(parts[:n-2], "."), number(parts[n-2])
}

// number reads the number of a process. 0 is none.
func number(text string) int {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return int(n)
}
