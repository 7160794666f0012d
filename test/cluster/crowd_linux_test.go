package cluster

import (
	"math/rand/v2"
	"os/exec"
	"sync"
)

// crowd is the commands that run now.
type crowd struct {
	sync.Mutex
	cmds []*exec.Cmd
}

func (c *crowd) start(cmd *exec.Cmd) error {
	c.Lock()
	defer c.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	c.cmds = append(c.cmds, cmd)
	return nil
}

func (c *crowd) ended(cmd *exec.Cmd) {
	c.Lock()
	defer c.Unlock()
	for i, other := range c.cmds {
		if other == cmd {
			c.cmds = append(c.cmds[:i], c.cmds[i+1:]...)
			return
		}
	}
}

// kill kills one of the commands, at random, or all if random is nil.
func (c *crowd) kill(random *rand.Rand) {
	c.Lock()
	defer c.Unlock()
	if random == nil {
		for _, cmd := range c.cmds {
			cmd.Process.Kill()
		}
	} else if len(c.cmds) > 0 {
		c.cmds[random.IntN(len(c.cmds))].Process.Kill()
	}
}
