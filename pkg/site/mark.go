package site

import (
	"errors"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"switchboard/pkg/queue"
)

// mark is what a master wrote into one of its places.
type mark struct {
	place
	pid int
	// host is the name of the machine, which only a lock has.
	host string
	// written is when the master last wrote it.
	written time.Time
	// expires is when others may break the lock, unless it is refreshed.
	expires time.Time
}

// lockLife is the lifetime of the lock of a master, in both generations. The master
// refreshes the lock once a day, by setting its modification time that far into the
// future.
const lockLife = 30 * time.Hour

// The most that is read: of a pid file, which has a number, and of a lock, which
// has a path, a host name and two numbers.
const (
	mostPid  = 64
	mostLock = 8 << 10
)

// read reads the mark in a place. It returns nil if there is none: no file, not a
// regular file, or a file without the number of a process. It returns an error if
// the file may not be read.
func (m *machine) read(p place) (*mark, error) {
	f, err := queue.OpenUntrusted(m.root, p.path)
	if err != nil {
		return nil, denied(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
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

// denied returns an error about permissions. For any other error it returns nil:
// the file does not exist, or cannot exist.
func denied(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok && errors.Is(err, fs.ErrPermission) {
		return path.Err
	}
	return nil
}

// lockHolder parses the text of a lock, which is the name of its holder's own file:
// LOCK|HOST|PID|RANDOM in Mailman 3 (flufl.lock), LOCK.HOST.PID.COUNTER in Mailman
// 2.1. For any other text pid is 0.
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

// number returns the number of a process, or 0 if text is not one.
func number(text string) int {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return int(n)
}
