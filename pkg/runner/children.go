package runner

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// children are the processes whose parent is the runner: its commands and, if it is
// process 1 of a container, every process that loses its own parent. The runner reaps
// these, because nobody else can. Only its job waits for a command.
type children struct {
	mu sync.Mutex
	// commands are the process numbers of commands that have not been reaped yet.
	commands map[int]bool
	// reaps means that children other than commands are reaped.
	reaps bool
}

// start starts a command. It holds the lock meanwhile: otherwise reap could take a command
// that ends at once for another child.
func (c *children) start(start func() (pid int, err error)) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	pid, err := start()
	if err == nil {
		c.commands[pid] = true
	}
	return pid, err
}

// wait reaps a command that has ended.
func (c *children) wait(pid int) (syscall.WaitStatus, error) {
	status, err := reapChild(pid, 0)
	c.mu.Lock()
	delete(c.commands, pid)
	c.mu.Unlock()
	// The system shows one ended child at a time, so this one may have hidden others.
	c.reap()
	return status, err
}

// reap reaps every ended child that is not a command.
func (c *children) reap() {
	if !c.reaps {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		pid := endedChild()
		if pid == 0 || c.commands[pid] {
			return
		}
		_, _ = reapChild(pid, syscall.WNOHANG)
	}
}

func reapChild(pid, options int) (status syscall.WaitStatus, err error) {
	for {
		if _, err = syscall.Wait4(pid, &status, options, nil); err != syscall.EINTR {
			return status, os.NewSyscallError("wait4", err)
		}
	}
}

// follow reaps children other than commands as they end, until end is called. Most runs
// have none, and need no SIGCHLD, which would wake two goroutines for each command. If such
// a run is the child subreaper of others, it reaps them when its next command ends.
func (c *children) follow() (end func()) {
	if !c.reaps || !hasOthers() {
		return func() {}
	}
	told, ended := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(told, syscall.SIGCHLD)
	go func() {
		for {
			c.reap()
			select {
			case <-told:
			case <-ended:
				return
			}
		}
	}()
	return func() {
		signal.Stop(told)
		close(ended)
	}
}
