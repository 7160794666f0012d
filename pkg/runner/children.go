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
func (c *children) start(start func() (*os.Process, error)) (*os.Process, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := start()
	if err == nil {
		c.commands[p.Pid] = true
	}
	return p, err
}

// wait reaps a command that has ended.
func (c *children) wait(p *os.Process) (*os.ProcessState, error) {
	state, err := p.Wait()
	c.mu.Lock()
	delete(c.commands, p.Pid)
	c.mu.Unlock()
	// The system shows one ended child at a time, so this one may have hidden others.
	c.reap()
	return state, err
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
		reapChild(pid)
	}
}

// follow reaps children other than commands as they end, until end is called.
func (c *children) follow() (end func()) {
	if !c.reaps {
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
