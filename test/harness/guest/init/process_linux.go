package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"

	"golang.org/x/sys/unix"

	"switchboard/test/harness/guest/wire"
)

// process is a process that the test has started.
type process struct {
	cmd *exec.Cmd

	mu    sync.Mutex
	ready *sync.Cond
	// stdin is what it has not been given yet, and closed that no more will follow.
	stdin  []byte
	closed bool
}

// start starts a process, and tells the test what it prints and how it ends. It returns nil if
// there is none.
func (h *host) start(id int, c *wire.Command) *process {
	cmd := exec.Command(c.Argv[0], c.Argv[1:]...)
	cmd.Dir = c.Dir
	cmd.Env = append(os.Environ(), c.Env...)
	p := &process{cmd: cmd}
	p.ready = sync.NewCond(&p.mu)
	var printed sync.WaitGroup
	stdin, err := cmd.StdinPipe()
	stdout, err1 := pipe(&cmd.Stdout)
	stderr, err2 := pipe(&cmd.Stderr)
	if err = errors.Join(err, err1, err2); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		h.done(id, err)
		return nil
	}
	cmd.Stdout.(*os.File).Close()
	cmd.Stderr.(*os.File).Close()
	go p.feed(stdin)
	printed.Go(func() { h.pass(stdout, func(b []byte) wire.Message { return wire.Message{ID: id, Stdout: b} }) })
	printed.Go(func() { h.pass(stderr, func(b []byte) wire.Message { return wire.Message{ID: id, Stderr: b} }) })
	go func() {
		// Its children may still print.
		printed.Wait()
		cmd.Wait()
		p.give(nil, true)
		h.tell(wire.Message{ID: id, Exit: &wire.Exit{Status: cmd.ProcessState.ExitCode()}})
	}()
	return p
}

// pipe makes a pipe from a process to this one.
func pipe(to *io.Writer) (*os.File, error) {
	r, w, err := os.Pipe()
	*to = w
	return r, err
}

// pass passes on what a process prints.
func (h *host) pass(from io.Reader, message func([]byte) wire.Message) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			h.tell(message(buffer[:n]))
		}
		if err != nil {
			return
		}
	}
}

// give adds to the standard input.
func (p *process) give(data []byte, end bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stdin = append(p.stdin, data...)
	p.closed = p.closed || end
	p.ready.Signal()
}

// feed passes on the standard input, at the pace of the process.
func (p *process) feed(stdin io.WriteCloser) {
	defer stdin.Close()
	for {
		p.mu.Lock()
		for len(p.stdin) == 0 && !p.closed {
			p.ready.Wait()
		}
		data, end := p.stdin, p.closed
		p.stdin = nil
		p.mu.Unlock()
		if _, err := stdin.Write(data); err != nil || end {
			return // it does not read any more
		}
	}
}

func (p *process) signal(s unix.Signal) { p.cmd.Process.Signal(s) }
