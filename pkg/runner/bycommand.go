package runner

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/pkg/queue"
)

// byCommand handles each entry by running Options.Command.
type byCommand struct {
	o *Options
	// queue is the path of the queue.
	queue    string
	children children
	// terminal is the controlling terminal, nil if the run has none.
	terminal *terminal
	// unnamed makes a file without a name in the queue.
	unnamed func() (*os.File, error)
}

func newByCommand(o *Options, dir queue.Queue) *byCommand {
	return &byCommand{
		o: o, queue: dir.Path(), unnamed: dir.CreateUnnamed,
		children: children{commands: map[int]bool{}, reaps: o.Reap},
	}
}

func (c *byCommand) name() string { return "COMMAND" }

func (c *byCommand) begin() (end func()) {
	unfollow := c.children.follow()
	if c.o.Terminal && c.o.Jobs == 1 {
		c.terminal = openTerminal()
	}
	return func() {
		c.terminal.close()
		unfollow()
	}
}

func (c *byCommand) handle(ctx context.Context, claim *queue.Claim, _ Next) ended {
	j := &job{byCommand: c, claim: claim, ctx: ctx}
	return j.run()
}

// deferStatus is EX_TEMPFAIL of sysexits.h: the command asks for another try.
const deferStatus = 75

// judge says what becomes of the entry of a command that has ended.
func (res exited) judge(r *run) judgement {
	j := judgement{elapsed: res.elapsed, atOnce: res.terminal}
	switch {
	case res.given != nil:
		j.notBegun = res.given
		return j
	case res.start != nil:
		j.Err = res.start
		return j
	}
	exit := &Exit{Status: res.status.ExitStatus(), TimedOut: res.timedOut}
	switch {
	case res.lost != nil:
		exit.Status = -1
	case res.status.Signaled():
		exit.Status, exit.Signal = -1, res.status.Signal()
		// If a whole service is stopped, the signal may reach its command before us.
		r.askedToStop()
	}
	j.exit, j.Why = exit, res.how(r.o.Timeout)
	j.interrupted = exit.Signal != nil && res.foreground && byKeyboard(res.status.Signal()) && !res.timedOut
	switch {
	case r.o.Keep:
		j.Kind = Kept
	case j.interrupted, res.stopped, exit.Signal != nil && r.stopping && endsWithUs(res.status.Signal()):
		j.Kind, j.Why = Deferred, "stopped"
	case res.timedOut, exit.Signal != nil, res.lost != nil:
		j.Kind = Restored
	case exit.Status == 0:
		j.Kind, j.Why = Finished, ""
	case exit.Status == deferStatus:
		j.Kind = Deferred
	default:
		j.Kind = Shunted
	}
	return j
}

// how describes how a command ended.
func (res exited) how(timeout time.Duration) string {
	switch {
	case res.timedOut:
		return fmt.Sprintf("COMMAND took more than %v", timeout)
	case res.lost != nil:
		return "cannot tell how COMMAND ended: " + res.lost.Error()
	case res.status.Signaled():
		return "COMMAND was killed by " + SignalName(res.status.Signal())
	}
	return fmt.Sprintf("COMMAND exited %d", res.status.ExitStatus())
}

// endsWithUs reports whether a signal is one that stops a whole service or session.
func endsWithUs(s syscall.Signal) bool {
	return s == syscall.SIGTERM || byKeyboard(s)
}

// SignalName returns the name of a signal, such as SIGKILL, or a description if it has no
// name.
func SignalName(s os.Signal) string {
	if number, ok := s.(syscall.Signal); ok {
		if name := unix.SignalName(number); name != "" {
			return name
		}
	}
	return s.String()
}
