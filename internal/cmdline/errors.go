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

// Report tells a person of an error after which the work goes on. The exit status
// becomes the error's if that is worse.
func (c *Context) Report(err error) {
	for _, one := range split(err) {
		if s, ok := errors.AsType[exit](one); ok {
			c.status = Worse(c.status, int(s))
			continue
		}
		if !c.command.Looks || !IsOutput(one) || !errors.Is(one, syscall.EPIPE) {
			c.Warn(one)
		}
		c.status = Worse(c.status, c.mapping(one))
	}
}

// Status returns the exit status of an error, as [Context.Report] maps it.
func (c *Context) Status(err error) int {
	worst := OK
	for _, one := range split(err) {
		worst = Worse(worst, c.mapping(one))
	}
	return worst
}

// fail reports the error that ended the command.
func (c *Context) fail(err error) {
	if _, ok := errors.AsType[usage](err); ok {
		c.say(syslog.Error, Printable(err.Error()))
		c.usage()
		c.status = UsageError
		return
	}
	if s, ok := errors.AsType[exit](err); ok {
		c.status = Worse(c.status, int(s))
		return
	}
	c.Report(err)
}

// exit is an exit status that was explained before, or needs no explanation.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// Exit makes an error that ends a command with a status and without a message.
func Exit(status int) error { return exit(status) }

// MapStatus replaces [Context.Status] for this command.
func (c *Context) MapStatus(f func(error) int) { c.mapping = f }

// split takes joined errors apart, because each is reported on a line of its own.
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
	// The error of a group of messages only wraps the error of each.
	if inner := errors.Unwrap(err); inner != nil && errors.Is(err, queue.ErrFlush) {
		return split(inner)
	}
	return []error{err}
}

// text words an error as all commands do: object, then cause, without the name of the
// system call that package os puts in front.
func text(err error) string {
	if path, ok := err.(*os.PathError); ok {
		return object(path.Path) + ": " + cause(path.Err)
	}
	if q, ok := err.(*queue.Error); ok {
		return object(q.Path) + ": " + cause(q.Err)
	}
	return err.Error()
}

// object names a file, even if the name is empty.
func object(path string) string {
	if path == "" {
		return "''"
	}
	return path
}

// cause words an error. The most frequent ones have words of their own.
func cause(err error) string {
	switch err {
	case syscall.ENOENT:
		return "no such file or directory"
	case syscall.EPIPE:
		return "the reader has gone (broken pipe)"
	}
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return cause(path.Err)
	}
	return strings.TrimSpace(err.Error())
}
