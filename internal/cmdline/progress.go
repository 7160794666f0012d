package cmdline

import (
	"fmt"
	"time"
)

// Progress shows the progress of long work on a terminal. A nil *Progress shows nothing.
type Progress struct {
	name    string
	start   time.Time
	done    chan struct{}
	console *console

	// console.mu guards the fields below.
	n       int
	what    string
	shown   time.Time
	visible bool
	ended   bool
}

// Progress begins to show progress if standard error is a terminal. It shows nothing during
// the first second. After that it updates the line each second, even if nothing was
// counted. A command that runs other commands updates it only when it counts, because the
// other commands use the terminal, too.
func (c *Context) Progress(what string) *Progress {
	s := c.console
	if s.log != nil || !s.terminal {
		return nil
	}
	p := &Progress{name: c.Name, what: what, start: time.Now(), done: make(chan struct{}), console: s}
	s.mu.Lock()
	s.progress = p
	s.mu.Unlock()
	if !c.command.Runs {
		go p.tick()
	}
	return p
}

// Describe sets what follows the number, for work of which there is more to say.
func (p *Progress) Describe(what string) {
	if p == nil {
		return
	}
	p.console.mu.Lock()
	defer p.console.mu.Unlock()
	p.what = what
}

// Count shows n, ten times a second at most.
func (p *Progress) Count(n int) {
	if p == nil {
		return
	}
	p.console.mu.Lock()
	defer p.console.mu.Unlock()
	p.n = n
	p.show()
}

func (p *Progress) show() {
	now := time.Now()
	if p.ended || now.Sub(p.start) < time.Second || now.Sub(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown, p.visible = now, true
	fmt.Fprintf(p.console.w, "\r%s: %d %s\x1b[K", p.name, p.n, p.what)
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
		p.console.mu.Lock()
		p.show()
		p.console.mu.Unlock()
	}
}

// Done clears the line and ends the progress.
func (p *Progress) Done() {
	if p == nil {
		return
	}
	p.console.mu.Lock()
	p.console.clear()
	p.ended = true
	p.console.mu.Unlock()
	close(p.done)
}
