// Package journal writes the log of what the commands do to entries: one line for each
// change of an entry's state, and for each recipient that a message was sent to.
//
// [New] returns a [Journal]. [Journal.Log] writes the line of a [queue.Event], and
// [Journal.LogDelivery] that of a [Delivery]. The log is a file or the system's log, its
// lines are text or JSON.
//
// # Guarantees
//
// New opens nothing; the first line does. A line is one write of an O_APPEND file, or one
// datagram, so the lines of many processes do not mix. No byte of a message can break a
// line, and long fields are cut.
//
// It never waits for a reader: a log must be a regular file, and the system's log gets a
// tenth of a second. A file that was renamed or removed is opened anew, so logrotate(8)
// need not tell anybody.
//
// It follows no link to a file, appends to no file that has a second name, and writes into
// no directory that everybody may write to: somebody could have put the name there for root
// to write to another file.
//
// # Assumptions
//
// The directories of the path belong to those who may decide where the log goes. If the disk
// is full, a part of a line may be left in the file.
package journal

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"switchboard/pkg/config"
	"switchboard/pkg/queue"
	"switchboard/pkg/syslog"
)

// Options say where a Journal writes, and who writes.
type Options struct {
	// Path is the file, or "" for the system's log.
	Path string
	// JSON means that lines are JSON objects.
	JSON bool
	// Command is the name of the command.
	Command string
}

// Journal is an open log. Several goroutines may use it at once.
type Journal struct {
	name string
	// mu guards the rest.
	mu   sync.Mutex
	to   sink
	line line
	// dir is the current directory, for relative paths.
	dir string
	buf []byte
}

// sink is where lines go, each without its newline.
type sink interface {
	write(line []byte) error
	io.Closer
}

// New returns a Journal. It opens nothing.
func New(o Options) *Journal {
	j := &Journal{line: line{command: o.Command, pid: os.Getpid(), json: o.JSON}}
	if o.Path == "" {
		j.name, j.to = "syslog", &system{log: syslog.New(syslog.Mail, o.Command)}
		j.line.headless = !o.JSON // the system's log adds time, command and pid
	} else {
		j.name, j.to = o.Path, &file{path: o.Path, fd: -1}
	}
	return j
}

// Log writes the line of an event. An error names the log, and concerns only this line.
func (j *Journal) Log(e queue.Event) error {
	return j.write(func(dst []byte) []byte {
		e.From, e.To = j.absolute(e.From), j.absolute(e.To)
		return j.line.append(dst, time.Now(), e)
	})
}

// write writes the line that add appends.
func (j *Journal) write(add func(dst []byte) []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.line.user == "" {
		j.line.user = userName(os.Geteuid())
	}
	j.buf = add(j.buf[:0])
	if err := j.to.write(j.buf); err != nil {
		return fmt.Errorf("%s: cannot log: %w", j.name, err)
	}
	return nil
}

// Close closes the log. The next line would open it again.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.to.Close()
}

// absolute makes a path absolute: nobody who reads the log knows the current directory. The
// path in another kind of queue, such as pg:out/…, is the same everywhere.
func (j *Journal) absolute(path string) string {
	if path == "" || filepath.IsAbs(path) || config.Scheme(path) != "" {
		return path
	}
	if j.dir == "" {
		dir, err := os.Getwd()
		if err != nil {
			return path
		}
		j.dir = dir
	}
	return filepath.Join(j.dir, path)
}
