package mailmanlog

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"time"
)

// MostRead is how many bytes of a log and its rotated files are read: months of an
// ordinary log, and less than a second of work.
const MostRead = 64 << 20

// MostText is the longest text of a reason, in bytes. Longer ones are cut.
const MostText = 1000

// Reason says why Mailman shunted or preserved an entry.
type Reason struct {
	// Text is the line of the traceback that names the exception, or what the log says
	// in place of a traceback. It is untrusted.
	Text string
	// Stamp is the time as the log has it: a local time without a zone.
	Stamp string
	// Time is Stamp as a local time of this machine.
	Time time.Time
	// Path is the file that has the record.
	Path string
}

// Entry is what Mailman calls an entry in its log.
type Entry struct {
	// Base is the file base, such as 1795986229.813337+3f98ea9eef9a0f8de383e905c063143edd040990.
	Base string
	// MessageID and List are the message's Message-ID and the ID of its list, if Mailman 3
	// may have shunted it because the list does not exist. That record has no file base.
	MessageID, List string
}

// missing is the key of the reason for a message whose list does not exist. No file base
// is like it.
func missing(messageID, list string) string { return messageID + "\x00" + list }

// Log is the error log of a Mailman, with its rotated files. It is not safe for
// concurrent use.
type Log struct {
	path string
	// opens opens the log's files and their directory.
	opens func(path string) (*os.File, error)
	// files are those that are still to be read, newest first, once it is known.
	files  []string
	listed bool
	// most is how many bytes may be read, left how many still may.
	most, left int64
	// only is the entry that was looked up first. As long as it is the only one, other
	// entries are not remembered: there may be a hundred thousand in the log.
	only *Entry
	// found has the reasons by file base, or by what missing returns.
	found map[string]Reason
	errs  []error
}

// New names the log at path, and does not look at it yet.
func New(path string) *Log {
	return &Log{path: path, most: MostRead, opens: openNamed}
}

// NewUntrusted names the log at a path that nobody named: others may have put a link, a FIFO
// or another file there. open opens a regular file or a directory for reading, and decides
// which may be opened. Its error for anything else is ENXIO.
func NewUntrusted(path string, open func(path string) (*os.File, error)) *Log {
	return &Log{path: path, most: MostRead, opens: open}
}

// Reason returns the newest reason in the log for the entry, or nil if there is none.
// The error says what could not be read, and may come with a reason from another file.
// It is fs.ErrNotExist if there is no log at all.
func (l *Log) Reason(e Entry) (*Reason, error) {
	switch {
	case !l.listed:
		l.start(&e)
	case l.only != nil && *l.only != e:
		l.start(nil)
	}
	for {
		r, ok := l.found[e.Base]
		if !ok && e.MessageID != "" {
			r, ok = l.found[missing(e.MessageID, e.List)]
		}
		if ok {
			return &r, errors.Join(l.errs...)
		}
		if len(l.files) == 0 || l.left <= 0 {
			return nil, errors.Join(l.errs...)
		}
		path := l.files[0]
		l.files = l.files[1:]
		found, err := l.read(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			l.errs = append(l.errs, err)
		}
		for key, r := range found {
			if _, newer := l.found[key]; !newer {
				l.found[key] = r
			}
		}
	}
}

// start prepares for reading the log from its newest file on.
func (l *Log) start(only *Entry) {
	l.listed, l.only, l.files, l.left, l.found, l.errs = true, only, nil, l.most, map[string]Reason{}, nil
	l.list()
}

// list finds the files of the log. Its rotated files are ordered by the time of their
// last change, because their names are numbers on one system and dates on another.
func (l *Log) list() {
	if _, err := os.Stat(l.path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		l.files = append(l.files, l.path)
	}
	dir := filepath.Dir(l.path)
	// Without the right to list the directory, the log itself may still be readable.
	var list []os.DirEntry
	if d, err := l.opens(dir); err == nil {
		list, _ = d.ReadDir(-1)
		d.Close()
	}
	slices.SortFunc(list, func(a, b os.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	type rotated struct {
		path    string
		changed time.Time
	}
	var older []rotated
	isRotated := rotatedName(filepath.Base(l.path))
	for _, e := range list {
		if !isRotated.MatchString(e.Name()) {
			continue
		}
		if info, err := e.Info(); err == nil {
			older = append(older, rotated{filepath.Join(dir, e.Name()), info.ModTime()})
		}
	}
	slices.SortStableFunc(older, func(a, b rotated) int { return -cmp.Compare(a.changed.UnixNano(), b.changed.UnixNano()) })
	for _, r := range older {
		l.files = append(l.files, r.path)
	}
	if len(l.files) == 0 {
		l.errs = append(l.errs, &fs.PathError{Op: "open", Path: l.path, Err: syscall.ENOENT})
	}
}

// rotatedName matches the names that logrotate and newsyslog give the rotated files
// of a log: error.1, error.0, error-20261129, and with logrotate's "extension .log",
// mailman-20261129.log; also compressed.
func rotatedName(name string) *regexp.Regexp {
	ext := filepath.Ext(name)
	stem := regexp.QuoteMeta(name[:len(name)-len(ext)])
	ext = regexp.QuoteMeta(ext)
	return regexp.MustCompile(`^` + stem + `(` + ext + `[.-][0-9-]+|[.-][0-9-]+` + ext + `)(\.gz)?$`)
}
