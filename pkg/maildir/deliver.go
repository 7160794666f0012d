package maildir

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Message is a message that is being written. Its file stays open until it is delivered.
type Message struct {
	dir      *Dir
	name     string
	received time.Time
	// tmp is its file below the Maildir, or "" once it has no such file any more.
	tmp  string
	file *os.File
}

// Create begins a message, which Commit must add or Abort give up. received becomes the
// time of its file, which mail readers take for the time of arrival.
func (d *Dir) Create(name string, received time.Time) (*Message, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	now := time.Now()
	for {
		// The usual form of a unique name. Another process of the same number, on a machine
		// of the same name, may have taken it.
		d.made++
		tmp := filepath.Join("tmp", fmt.Sprintf("%d.M%dP%dQ%d.%s", now.Unix(), now.Nanosecond()/1000, os.Getpid(), d.made, safe(host)))
		f, err := d.root.OpenFile(tmp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			return &Message{dir: d, name: safe(name), received: received, tmp: tmp, file: f}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, failed(d.join(tmp), err)
		}
	}
}

// safe makes a file name of a text. Readers ignore names that begin with a dot, and take
// what follows a colon for flags.
func safe(name string) string {
	name = strings.NewReplacer("/", `\057`, ":", `\072`).Replace(name)
	if rest, ok := strings.CutPrefix(name, "."); ok {
		name = `\056` + rest
	}
	return name
}

// Write writes a part of the message. Its errors are of type [*Error].
func (m *Message) Write(p []byte) (int, error) {
	n, err := m.file.Write(p)
	return n, failed(m.dir.join(m.tmp), err)
}

// Commit adds the message to those that the next Flush delivers.
func (m *Message) Commit() { m.dir.added = append(m.dir.added, m) }

// Added returns how many messages the next Flush delivers. Each is an open file.
func (d *Dir) Added() int { return len(d.added) }

// Abort gives the message up.
func (m *Message) Abort() error {
	err := m.file.Close()
	if m.tmp != "" {
		err = errors.Join(err, m.dir.root.Remove(m.tmp))
	}
	return err
}

// Flush delivers the messages that were added, and calls delivered for each, in the order
// of Commit, with the path of its file or with ErrDiffers. An error that Flush returns is of
// type [*Error], and means that the messages which were not told of may not be there.
func (d *Dir) Flush(delivered func(path string, err error)) error {
	added := d.added
	d.added = nil
	type outcome struct {
		file string
		err  error
	}
	var outcomes []outcome
	var broken error
	if len(added) > 0 {
		broken = d.look()
	}
	used := map[string]bool{}
	for _, m := range added {
		if broken != nil {
			m.Abort()
			continue
		}
		file, err := m.deliver()
		m.Abort() // only the name in tmp: a kill before this leaves two names of one file
		if err != nil && !errors.Is(err, ErrDiffers) {
			broken = err
			continue
		}
		used[filepath.Dir(file)] = true
		outcomes = append(outcomes, outcome{file, err})
	}
	// A run that was killed may have delivered what was found without these syncs.
	for part := range used {
		if err := d.sync(part); err != nil {
			return errors.Join(broken, err)
		}
	}
	for _, o := range outcomes {
		delivered(d.join(o.file), o.err)
	}
	return broken
}

// deliver gives the message its name in new, and returns its file or the one that is there
// already. The name is not durable yet.
func (m *Message) deliver() (string, error) {
	d := m.dir
	if file, err := d.find(m.name); err != nil || file != "" {
		return m.found(file, err)
	}
	// First the content: a power cut must not leave the name of an empty file.
	if err := m.file.Sync(); err != nil {
		return "", failed(d.join(m.tmp), err)
	}
	file := filepath.Join("new", m.name)
	err := d.root.Link(m.tmp, file)
	for errors.Is(err, syscall.EINTR) {
		err = d.root.Link(m.tmp, file) // package os tries most calls again, but not this one
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return m.found(file, nil)
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.ENOSYS):
		// There are no hard links here. find has looked for the name just now.
		if err = d.root.Rename(m.tmp, file); err == nil {
			m.tmp = ""
		}
	}
	if err != nil {
		return "", failed(d.join(file), err)
	}
	// Not before, because readers delete old files from tmp. If it fails, the time is now.
	d.root.Chtimes(cmp.Or(m.tmp, file), m.received, m.received)
	return file, nil
}

// found returns a file that has the message's name, if it is the same message.
func (m *Message) found(file string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	same, err := m.equals(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		m.dir.seen = nil // a mail reader has moved it since
		return m.deliver()
	case err == nil && !same:
		err = ErrDiffers
	}
	return file, err
}
