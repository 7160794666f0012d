package runner

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// frame returns what the terminal shows since it was last drawn. Each line was cleared first.
func (p *pty) frame() string {
	text := p.shows()
	return strings.ReplaceAll(text[strings.LastIndex(text, "\x1b[H")+1:], "\x1b[K", "")
}

// TestWatch watches a queue through all that can happen to a terminal: mail comes, the window
// becomes narrow, ^Z and fg, the queue vanishes, ^C. The last table stays on the terminal, and
// nothing of the others.
func TestWatch(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(1, plain)
	s.make("a-queue-with-a-rather-long-name")
	p := s.terminal(true, `stty cols 120 rows 30; TERM=xterm qstat --watch in a-queue-with-a-rather-long-name; echo "stopped: $?"; fg >/dev/null; echo "ended: $?"`)
	shows := func(what string) {
		t.Helper()
		s.eventually(what, func() bool { return strings.Contains(p.frame(), what) })
	}
	shows("a-queue-with-a-rather-long-name")
	if !strings.HasPrefix(p.shows(), "\x1b[?1049h\x1b[?25l\x1b[H") {
		t.Errorf("it begins with %q", p.shows())
	}
	s.put("in", 7, ".bak", plain(7))
	shows("\n    1         1          0 ")
	if err := unix.IoctlSetWinsize(int(p.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 30, Col: 70}); err != nil {
		t.Fatal(err)
	}
	shows("…")
	p.types("", "\x1a")
	s.eventually("the shell", func() bool { return strings.Contains(p.shows(), "\x1b[?25h\x1b[?1049lstopped: 147") })
	s.eventually("the screen again", func() bool { return strings.Count(p.shows(), "\x1b[?1049h") == 2 })
	if err := os.RemoveAll(s.path("in")); err != nil {
		t.Fatal(err)
	}
	shows("in: no such queue")
	p.types("", "\x03")
	p.ends(0)
	s.eventually("the end", func() bool { return strings.HasSuffix(p.shows(), "ended: 0\r\n") })
	_, last, _ := strings.Cut(p.shows()[strings.LastIndex(p.shows(), "\x1b[?1049h"):], "\x1b[?25h\x1b[?1049l")
	if !strings.Contains(last, "ready  inflight") || !strings.HasSuffix(last, "in: no such queue\r\nended: 0\r\n") || strings.Contains(last, "\x1b") {
		t.Errorf("it leaves %q", last)
	}
}

// TestWatchWithoutShell checks that ^Z does not stop the command for ever if no shell could
// continue it.
func TestWatchWithoutShell(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.terminal(false, `TERM=xterm exec qstat --watch in`)
	p.types("/min", "\x1a")
	s.put("in", 1, ".pck", plain(1))
	s.eventually("the entry", func() bool { return strings.Contains(p.frame(), "\n    1 ") })
	p.types("", "\x03")
	p.ends(0)
}

// TestWatchElsewhere checks that --watch does not draw where nothing can be drawn.
func TestWatchElsewhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.terminal(false, `TERM=dumb exec qstat --watch in`)
	p.ends(64)
	s.eventually("the reason", func() bool { return strings.HasPrefix(p.shows(), "qstat: --watch needs a terminal") })
}
