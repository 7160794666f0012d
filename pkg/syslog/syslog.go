// Package syslog writes lines to the system's log, as syslog(3) does.
//
// [New] returns a [Writer], and [Writer.Log] writes with it. A line is one datagram
// to /dev/log in the format of RFC 3164 without a host name, which is what glibc
// sends:
//
//	<22>Nov 29 10:00:00 qenqueue[4711]: in: permission denied
//
// # Guarantees
//
// New opens nothing; the first Log does. A program that logs nothing pays nothing.
// Log never waits: if the log daemon is not running, or does not keep up, the line
// is lost and Log returns an error. One call of Log never writes more lines than
// its text has, whatever bytes are in it.
//
// # Why not log/syslog
//
// The package of the standard library links package net, and waits for a daemon
// that does not keep up: a mail server would wait with it.
package syslog

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Facility says what kind of program writes.
type Facility int

// Mail is the facility of mail servers.
const Mail Facility = 2

// Severity says how urgent a line is.
type Severity int

// The severities that the commands use.
const (
	Error   Severity = 3
	Warning Severity = 4
	Info    Severity = 6
)

// maxText is the longest line, in bytes: rsyslog cuts longer ones.
const maxText = 8 << 10

// Writer writes the lines of one program. Several goroutines may use it.
type Writer struct {
	facility Facility
	tag      string
	// sockets are the paths at which a log daemon may listen.
	sockets []string

	mu sync.Mutex
	// fd is the datagram socket, -1 before the first line.
	fd int
}

// New returns a Writer. The tag is the name of the program.
func New(facility Facility, tag string) *Writer {
	return &Writer{facility: facility, tag: oneLine(tag), sockets: sockets, fd: -1}
}

// Log writes the lines of text.
func (w *Writer) Log(severity Severity, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var failed error
	for line := range strings.Lines(text) {
		if err := w.send(w.line(severity, strings.TrimSuffix(line, "\n"))); err != nil {
			failed = err
		}
	}
	return failed
}

// line returns a line as it is sent.
func (w *Writer) line(severity Severity, text string) []byte {
	if len(text) > maxText {
		n := maxText
		for n > maxText-utf8.UTFMax && !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n]
	}
	return fmt.Appendf(nil, "<%d>%s %s[%d]: %s",
		int(w.facility)<<3|int(severity), time.Now().Format(time.Stamp), w.tag, os.Getpid(), oneLine(text))
}

// oneLine replaces control bytes: a daemon that writes them out would let the
// author of a message forge lines of the log.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}
