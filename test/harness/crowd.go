package harness

import (
	"math/rand/v2"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Crowd is the commands of a test that run now, for those that disturb them.
type Crowd struct {
	mu   sync.Mutex
	cmds []*exec.Cmd
}

// Start starts a command.
func (c *Crowd) Start(cmd *exec.Cmd) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	c.cmds = append(c.cmds, cmd)
	return nil
}

// Ended takes a command out that has been waited for.
func (c *Crowd) Ended(cmd *exec.Cmd) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cmds = slices.DeleteFunc(c.cmds, func(other *exec.Cmd) bool { return other == cmd })
}

// Kill kills one of the commands, at random.
func (c *Crowd) Kill(random *rand.Rand) {
	if cmd := c.pick(random); cmd != nil {
		cmd.Process.Kill()
	}
}

// Stop stops one of the commands, at random, for some time.
func (c *Crowd) Stop(random *rand.Rand, d time.Duration) {
	if cmd := c.pick(random); cmd != nil {
		cmd.Process.Signal(syscall.SIGSTOP)
		time.Sleep(d)
		cmd.Process.Signal(syscall.SIGCONT)
	}
}

// Signal sends a signal to all.
func (c *Crowd) Signal(s syscall.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cmd := range c.cmds {
		cmd.Process.Signal(s)
	}
}

func (c *Crowd) pick(random *rand.Rand) *exec.Cmd {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.cmds) == 0 {
		return nil
	}
	return c.cmds[random.IntN(len(c.cmds))]
}
