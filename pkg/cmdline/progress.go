package cmdline

import (
	"fmt"
	"os"
	"time"

	"github.com/mattn/go-isatty"
)

// Progress shows on a terminal how far long work is. A nil Progress shows
// nothing.
type Progress struct {
	name, what string
	start      time.Time
	shown      time.Time
	visible    bool
}

// Progress begins to count. Nothing is shown in the first second, nor when
// standard error is no terminal.
func (c *Context) Progress(what string) *Progress {
	if !isatty.IsTerminal(os.Stderr.Fd()) {
		return nil
	}
	c.progress = &Progress{name: c.Name, what: what, start: time.Now()}
	c.counter.progress = c.progress
	return c.progress
}

// Count shows n, ten times a second at most.
func (p *Progress) Count(n int) {
	if p == nil {
		return
	}
	now := time.Now()
	if now.Sub(p.start) < time.Second || now.Sub(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown, p.visible = now, true
	fmt.Fprintf(os.Stderr, "\r%s: %d %s\x1b[K", p.name, n, p.what)
}

// Done takes the line away.
func (p *Progress) Done() { p.clear() }

func (p *Progress) clear() {
	if p != nil && p.visible {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
		p.visible = false
	}
}
