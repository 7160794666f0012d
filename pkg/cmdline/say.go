package cmdline

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"switchboard/pkg/syslog"
)

// say tells a person one line: on standard error, or with --quiet in the system's
// log. What the log does not take is lost.
func (c *Context) say(severity syslog.Severity, line string) {
	if c.log != nil {
		c.log.Log(severity, line)
		return
	}
	fmt.Fprintf(os.Stderr, "%s: %s\n", c.Name, line)
}

// sayUsage shows how the command is called, but not in a log.
func (c *Context) sayUsage() {
	if c.log == nil {
		fmt.Fprint(os.Stderr, usageLines(c.Name, c.command))
	}
}

// hush makes the command silent on standard error: its lines go to the log, and
// the Go runtime's, should it fail, nowhere.
func (c *Context) hush() {
	c.log = syslog.New(syslog.Mail, c.Name)
	// Package os would start the runtime's poller, which ends the program if it
	// finds too many open files.
	null, err := unix.Open(os.DevNull, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return // the work may go well all the same
	}
	replace(null, int(os.Stderr.Fd()))
	unix.Close(null)
}
