package cmdline

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/pkg/queue"
)

// onTerminal returns a command that was called by the name called, and the text of its
// terminal. The terminal gets standard error and, if both is set, standard output.
func onTerminal(called string, both bool) (*Context, *bytes.Buffer) {
	screen := &bytes.Buffer{}
	p := Process{Args: []string{called}, Stdout: &bytes.Buffer{}, Stderr: screen}
	if both {
		p.Stdout = screen
	}
	c := newContext(Command{Name: "qstat", Shared: &Shared{}, Runs: true}, p)
	c.console.terminal = true
	return c, screen
}

// shown returns a progress that began long enough ago for its line to be shown.
func shown(c *Context) *Progress {
	p := c.Progress("seen")
	p.start = time.Now().Add(-time.Hour)
	p.Count(1)
	return p
}

// TestNoLineIsGlued checks that the progress line is cleared before anything is
// printed.
func TestNoLineIsGlued(t *testing.T) {
	t.Parallel()
	const line = "\rqstat: 1 seen\x1b[K\r\x1b[K"
	for name, test := range map[string]struct {
		do   func(*Context)
		want string
	}{
		"a warning": {func(c *Context) { c.Warn(errors.New("x")) }, "qstat: x\n"},
		"a note":    {func(c *Context) { c.Note("x\x1b") }, "qstat: x\\x1b\n"},
		"-v":        {func(c *Context) { c.show(queue.Event{From: "a", To: "b"}) }, "qstat: a -> b\n"},
		"stored":    {func(c *Context) { c.show(queue.Event{To: "b"}) }, "qstat: stored b\n"},
		"removed":   {func(c *Context) { c.show(queue.Event{From: "a"}) }, "qstat: removed a\n"},
		"an error":  {func(c *Context) { c.Report(errors.Join(errors.New("x"), errors.New("y"))) }, "qstat: x\nqstat: y\n"},
		"output":    {func(c *Context) { c.Println("x"); c.Flush() }, "x\n"},
		"the keys":  {func(c *Context) { c.ClearLine() }, ""},
		"the end":   {func(*Context) {}, ""},
	} {
		c, screen := onTerminal("/bin/qstat", true)
		p := shown(c)
		test.do(c)
		p.Done()
		p.Count(2)
		if got := screen.String(); got != line+test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestConsoleTogether checks that lines of several goroutines stay whole while the
// count goes on.
func TestConsoleTogether(t *testing.T) {
	t.Parallel()
	c, screen := onTerminal("qstat", false)
	p := shown(c)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 50 {
				c.Note(fmt.Sprintf("line %d", i))
				p.Count(i)
			}
		})
	}
	all.Wait()
	p.Done()
	for _, line := range strings.SplitAfter(screen.String(), "\n") {
		if _, said, _ := strings.Cut(line, "qstat: line "); said != "" && len(said) != len("0\n") {
			t.Errorf("%q", line)
		}
	}
}

// TestPrefix checks that hints and examples name the commands as they are installed.
func TestPrefix(t *testing.T) {
	t.Parallel()
	const text = `e=$(qdequeue in) && qstat "$e"; qrun -w /srv/qrun/in, not qrunner`
	for called, want := range map[string]string{
		"/usr/bin/qstat":    text,
		"/usr/bin/mm-qstat": `e=$(mm-qdequeue in) && mm-qstat "$e"; mm-qrun -w /srv/qrun/in, not qrunner`,
		"look":              `e=$(qdequeue in) && look "$e"; qrun -w /srv/qrun/in, not qrunner`,
	} {
		c, screen := onTerminal(called, false)
		c.Warn(&queue.Error{Path: "in", Err: errors.New("qcat"), Remedy: text})
		if got := screen.String(); !strings.HasSuffix(got, ": in: qcat\n"+filepath.Base(called)+": hint: "+want+"\n") {
			t.Errorf("%s: %s", called, got)
		}
	}
	here, err := filepath.Glob("../../cmd/q*")
	if err != nil {
		t.Fatal(err)
	}
	for i, dir := range here {
		here[i] = filepath.Base(dir)
	}
	if !slices.Equal(here, commands) {
		t.Errorf("the commands are %v, not %v", here, commands)
	}
}

// TestChildOutput checks that what a child writes arrives, whether the stream is a file
// or not.
func TestChildOutput(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	said, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	c := newContext(Command{Shared: &Shared{}}, Process{Args: []string{"x"}, Stdout: &out, Stderr: said})
	stdout, stderr, release, err := c.ChildOutput()
	if err != nil {
		t.Fatal(err)
	}
	stdout.WriteString("printed")
	release()
	if out.String() != "printed" || stderr != said {
		t.Errorf("%q", out.String())
	}
}
