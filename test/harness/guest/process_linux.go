package guest

import (
	"bytes"
	"io"
	"sync"

	"switchboard/test/harness"
	"switchboard/test/harness/guest/wire"
)

// Process is a process in a guest.
type Process struct {
	// Stdin is its standard input, which waits for it to read only in the guest.
	Stdin io.WriteCloser
	// Stdout is its standard output. Wait returns what was not read from it.
	Stdout io.Reader

	guest  *Guest
	id     int
	stdout *spool
	stderr bytes.Buffer
	exit   wire.Exit
	ended  chan struct{}
}

func newProcess(g *Guest) *Process {
	p := &Process{guest: g, ended: make(chan struct{}), stdout: &spool{}}
	p.stdout.more = sync.NewCond(&p.stdout.mu)
	p.Stdin, p.Stdout = stdin{p}, p.stdout
	return p
}

// Start starts a program.
func (g *Guest) Start(c Command) *Process {
	g.tb.Helper()
	p := newProcess(g)
	if err := g.send(p, wire.Message{Start: &c}); err != nil {
		g.tb.Fatal(err)
	}
	return p
}

// tell takes what the guest says of the process.
func (p *Process) tell(m wire.Message) {
	p.stdout.Write(m.Stdout)
	p.stderr.Write(m.Stderr)
	if m.Exit != nil {
		p.exit = *m.Exit
		p.stdout.end()
		close(p.ended)
	}
}

// Wait waits for the end of the process. The test fails if it was not started, or if the guest
// has ended.
func (p *Process) Wait() harness.Result {
	p.guest.tb.Helper()
	<-p.ended
	if p.exit.Err != "" {
		p.guest.tb.Fatal(p.exit.Err)
	}
	return harness.Result{Out: p.stdout.rest.String(), Err: p.stderr.String(), Status: p.exit.Status}
}

// stdin sends to the standard input of a process.
type stdin struct{ p *Process }

func (s stdin) Write(data []byte) (int, error) {
	const most = 32 << 10
	for rest := data; len(rest) > 0; {
		n := min(most, len(rest))
		if err := s.p.guest.send(s.p, wire.Message{Stdin: rest[:n]}); err != nil {
			return len(data) - len(rest), err
		}
		rest = rest[n:]
	}
	return len(data), nil
}

func (s stdin) Close() error { return s.p.guest.send(s.p, wire.Message{Close: true}) }

// spool keeps what a process has printed until it is read.
type spool struct {
	mu    sync.Mutex
	more  *sync.Cond
	rest  bytes.Buffer
	ended bool
}

func (s *spool) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.more.Broadcast()
	return s.rest.Write(data)
}

func (s *spool) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.more.Broadcast()
}

func (s *spool) Read(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.rest.Len() == 0 && !s.ended {
		s.more.Wait()
	}
	return s.rest.Read(data)
}
