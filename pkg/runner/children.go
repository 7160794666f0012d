package runner

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// children are the processes whose parent the runner is: the commands, and, where it
// is process 1 of a container, all that lose their own parent. These are reaped, for
// nobody else can do it; a command is waited for by its job alone.
type children struct {
	mu sync.Mutex
	// commands are the process numbers of those that have not been reaped yet.
	commands map[int]bool
	// reaps says that the others are reaped.
	reaps bool
}

// start starts a command. Until it is known as one it cannot be taken for another
// child, however soon it ends.
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
	// It may have been in front of others, which can be seen only now.
	c.reap()
	return state, err
}

// reap reaps all others that have ended.
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

// follow reaps them as they end, until end is called.
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
