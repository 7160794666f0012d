package cmdline

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/mattn/go-isatty"
)

// Progress shows on a terminal how far long work is. A nil Progress shows
// nothing.
type Progress struct {
	name, what string
	start      time.Time
	done       chan struct{}

	// mu is for what follows, and for who writes to the terminal.
	mu      sync.Mutex
	n       int
	shown   time.Time
	visible bool
	ended   bool
}

// Progress begins to count. It shows nothing in the first second, and nothing unless
// standard error is a terminal. Then it shows that the work goes on, even while nothing
// can be counted, except beside another command that uses the terminal.
func (c *Context) Progress(what string) *Progress {
	if c.log != nil || !isatty.IsTerminal(os.Stderr.Fd()) {
		return nil
	}
	p := &Progress{name: c.Name, what: what, start: time.Now(), done: make(chan struct{})}
	c.progress, c.counter.progress = p, p
	if !c.command.Runs {
		go p.tick()
	}
	return p
}

// Count shows n, ten times a second at most.
func (p *Progress) Count(n int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n = n
	p.show()
}

func (p *Progress) show() {
	now := time.Now()
	if p.ended || now.Sub(p.start) < time.Second || now.Sub(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown, p.visible = now, true
	fmt.Fprintf(os.Stderr, "\r%s: %d %s\x1b[K", p.name, p.n, p.what)
}

func (p *Progress) tick() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-ticker.C:
		}
		p.mu.Lock()
		p.show()
		p.mu.Unlock()
	}
}

// Done takes the line away.
func (p *Progress) Done() {
	if p != nil {
		release := p.hold()
		p.ended = true
		release()
		close(p.done)
	}
}

// hold takes the line away, and keeps it away until it is released.
func (p *Progress) hold() (release func()) {
	if p == nil {
		return func() {}
	}
	p.mu.Lock()
	if p.visible {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
		p.visible = false
	}
	return p.mu.Unlock
}
