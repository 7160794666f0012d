package cmdline

import (
	"io"
	"os"
	"sync"

	"github.com/mattn/go-isatty"
	"golang.org/x/sys/unix"

	"switchboard/pkg/syslog"
)

// console is standard error. All lines for people go through it, because a terminal may
// show a progress line, which must be cleared first.
type console struct {
	w        io.Writer
	terminal bool
	// log gets the lines instead of w if --quiet is given. Otherwise it is nil.
	log *syslog.Writer

	// mu guards w and all of the progress line.
	mu       sync.Mutex
	progress *Progress
}

func newConsole(w io.Writer) *console {
	f := file(w)
	return &console{w: w, terminal: f != nil && isatty.IsTerminal(f.Fd())}
}

// close closes the log, if there is one: a process may run more than one command.
func (s *console) close() {
	if s.log != nil {
		s.log.Close()
	}
}

// say prints or logs one line. If the system's log does not accept the line, it is lost.
func (s *console) say(severity syslog.Severity, name, line string) {
	if s.log != nil {
		s.log.Log(severity, line)
		return
	}
	s.write(name + ": " + line + "\n")
}

// write writes text that ends with a newline in one call.
func (s *console) write(text string) {
	if s.log != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	io.WriteString(s.w, text)
}

// clear clears the progress line. mu must be locked.
func (s *console) clear() {
	if s.progress != nil && s.progress.visible {
		io.WriteString(s.w, "\r\x1b[K")
		s.progress.visible = false
	}
}

// hideProgress clears the progress line for good: another program takes over the terminal.
func (s *console) hideProgress() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	s.progress = nil
}

// ClearLine clears the current line of the terminal, which may show keys that a person
// pressed, such as ^C.
func (c *Context) ClearLine() {
	s := c.console
	if s.terminal && s.log == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		io.WriteString(s.w, "\r\x1b[K")
		if s.progress != nil {
			s.progress.visible = false
		}
	}
}

// Interactive reports whether standard error is a terminal.
func (c *Context) Interactive() bool { return c.console.terminal }

// hold clears the progress line, and keeps it cleared until release is called, because
// standard output may be the same terminal.
func (s *console) hold() (release func()) {
	if s == nil || s.progress == nil {
		return func() {}
	}
	s.mu.Lock()
	s.clear()
	return s.mu.Unlock
}

// usage prints the synopsis, but not to a log.
func (c *Context) usage() { c.console.write(shortUsage(c.Name, c.command)) }

// hush makes the command silent on standard error. Its lines go to the log. Those of the
// Go runtime, if it fails, are lost.
func (s *console) hush(name string) {
	s.log = syslog.New(syslog.Mail, name)
	f := file(s.w)
	if f == nil {
		return
	}
	// Package os would start the runtime's poller, which ends the program if it
	// finds too many open files.
	null, err := unix.Open(os.DevNull, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return // the work may succeed even so
	}
	replace(null, int(f.Fd()))
	unix.Close(null)
}
