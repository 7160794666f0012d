package runner

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// ending tells a command to end: after the timeout, or if the run ends. Nothing runs for
// that meanwhile, so a command that ends by itself costs one goroutine.
type ending struct {
	mu sync.Mutex
	// over means that the command has ended. Its process number may soon belong to
	// another process.
	over bool
	// timer is for the timeout, and then for the grace period. It is nil without them.
	timer *time.Timer
	// timedOut and stopped are the reason why the command was told to end.
	timedOut, stopped bool
}

// watch tells the command to end after the timeout, or if the run ends, and kills it after
// the grace period. Call ended when the command has ended, before it is reaped.
func (j *job) watch() (ended func() (timedOut, stopped bool)) {
	e := &j.ending
	if j.o.Timeout > 0 {
		// A timeout of a second should not become eleven.
		grace := min(j.o.Grace, j.o.Timeout)
		e.mu.Lock()
		e.timer = time.AfterFunc(j.o.Timeout, func() { j.end(&e.timedOut, grace) })
		e.mu.Unlock()
	}
	forget := context.AfterFunc(j.ctx, func() { j.end(&e.stopped, j.o.Grace) })
	over, stop := untilLost(context.Background(), j.claim)
	kept := context.AfterFunc(over, j.kill)
	return func() (timedOut, stopped bool) {
		forget()
		kept()
		stop()
		e.mu.Lock()
		defer e.mu.Unlock()
		e.over = true
		if e.timer != nil {
			e.timer.Stop()
		}
		return e.timedOut, e.stopped
	}
}

// end tells the command to end, and notes the reason why. A stopped command needs SIGCONT
// to do so.
func (j *job) end(why *bool, grace time.Duration) {
	e := &j.ending
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over || e.timedOut || e.stopped {
		return
	}
	*why = true
	j.signal(unix.SIGTERM)
	j.signal(unix.SIGCONT)
	if e.timer != nil {
		e.timer.Stop()
	}
	e.timer = time.AfterFunc(grace, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if !e.over {
			j.signal(unix.SIGKILL)
		}
	})
}

// kill kills the command, because the entry may soon belong to another worker.
func (j *job) kill() {
	j.ending.mu.Lock()
	defer j.ending.mu.Unlock()
	if !j.ending.over {
		j.signal(unix.SIGKILL)
	}
}

// signal sends a signal to the command and to its process group, which the command may
// have left.
func (j *job) signal(sig unix.Signal) {
	unix.Kill(-j.pid, sig)
	unix.Kill(j.pid, sig)
}
