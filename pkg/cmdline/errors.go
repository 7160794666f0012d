package cmdline

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"switchboard/pkg/queue"
	"switchboard/pkg/syslog"
)

// Report tells a person of an error that the work goes on after, and keeps its
// exit status if it is the worst yet.
func (c *Context) Report(err error) {
	for _, one := range split(err) {
		var s exit
		if errors.As(one, &s) {
			c.status = Worse(c.status, int(s))
			continue
		}
		if !c.command.Looks || !IsOutput(one) || !errors.Is(one, syscall.EPIPE) {
			c.Warn(one)
		}
		c.status = Worse(c.status, c.mapping(one))
	}
}

// Status is the exit status that Report would keep of an error.
func (c *Context) Status(err error) int {
	worst := OK
	for _, one := range split(err) {
		worst = Worse(worst, c.mapping(one))
	}
	return worst
}

// fail reports the error that ended the command.
func (c *Context) fail(err error) {
	var u usage
	if errors.As(err, &u) {
		c.say(syslog.Error, Printable(err.Error()))
		c.usage()
		c.status = UsageError
		return
	}
	var s exit
	if errors.As(err, &s) {
		c.status = Worse(c.status, int(s))
		return
	}
	c.Report(err)
}

// exit is a status that has been explained already, or needs no explanation.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// Exit ends a command with a status, in silence.
func Exit(status int) error { return exit(status) }

// MapStatus replaces Status for this command.
func (c *Context) MapStatus(f func(error) int) { c.mapping = f }

// split takes joined errors apart: one line per error.
func split(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, split(e)...)
		}
		return all
	}
	// What the failure of a group of messages says is in the errors of each.
	if inner := errors.Unwrap(err); inner != nil && errors.Is(err, queue.ErrFlush) {
		return split(inner)
	}
	return []error{err}
}

// text is an error in the words of the commands: object, then cause, without
// the name of the system call that package os puts in front.
func text(err error) string {
	var path *os.PathError
	if errors.As(err, &path) && error(path) == err {
		return object(path.Path) + ": " + cause(path.Err)
	}
	var q *queue.Error
	if errors.As(err, &q) && error(q) == err {
		return object(q.Path) + ": " + cause(q.Err)
	}
	return err.Error()
}

// object names a file, also where a variable of a script was empty.
func object(path string) string {
	if path == "" {
		return "''"
	}
	return path
}

// cause words the errors that people meet most.
func cause(err error) string {
	switch err {
	case syscall.ENOENT:
		return "no such file or directory"
	case syscall.EPIPE:
		return "the reader has gone (broken pipe)"
	}
	var path *os.PathError
	if errors.As(err, &path) {
		return cause(path.Err)
	}
	return strings.TrimSpace(err.Error())
}
