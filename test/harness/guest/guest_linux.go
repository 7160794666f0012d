package guest

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"switchboard/test/harness"
	"switchboard/test/harness/guest/wire"
)

// Options are what a guest has.
type Options struct {
	// Memory is its memory in MiB, 256 if it is 0. CPUs is 1 if it is 0.
	Memory, CPUs int
	// Append is added to the kernel's command line.
	Append string
	// Files are put into its root: the path there, and the file of this machine, whose mode
	// is kept. Trees are directories whose content is: see [Tree].
	Files map[string]string
	Trees []string
	// Modules are loaded when it has started, in this order, and each after those that it
	// needs: a name, and parameters behind a space. Later are those that [Guest.Load] may
	// load. A module that is a part of the kernel is not an error.
	Modules, Later []string
	// Disks are /dev/vda, /dev/vdb and so on.
	Disks []Disk
}

// Disk is an image, and the file for the log of its writes, if it is to have one.
type Disk struct{ Image, Log string }

// Guest is a machine that runs.
type Guest struct {
	tb      testing.TB
	console string
	modules *modules
	kill    func()

	mu        sync.Mutex
	out       *gob.Encoder
	last      int
	processes map[int]*Process

	// ended is closed when the guest has ended, and err says why.
	ended chan struct{}
	err   error
}

// patience is how long a guest may take to start. Without KVM, on a loaded machine, it may
// take a minute.
const patience = 5 * time.Minute

// Start starts a guest, which ends with the test. The test is skipped if QEMU or the kernel is
// missing.
func Start(tb testing.TB, o Options) *Guest {
	tb.Helper()
	m := need(tb)
	if len(o.Disks) > 0 {
		// A disk does one thing at a time. So a log has its writes and flushes in the order
		// in which they began, and a flush is for all writes before it in the log.
		o.Modules = append([]string{"virtio_blk queue_depth=1"}, o.Modules...)
	}
	boot, err := m.boot()
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	root := filepath.Join(dir, "root.cpio")
	if err := writeRoot(root, o, m, boot); err != nil {
		tb.Fatal(err)
	}
	g := &Guest{
		tb: tb, console: filepath.Join(dir, "console"), modules: m,
		processes: map[int]*Process{}, ended: make(chan struct{}),
	}
	q, err := startQEMU(o, m.kernel, root, g.console)
	if err != nil {
		tb.Fatal(err)
	}
	g.kill, g.out = q.kill, gob.NewEncoder(q.in)
	ready := make(chan struct{})
	go g.listen(q, ready)
	tb.Cleanup(func() {
		g.Kill()
		if tb.Failed() {
			tb.Logf("the guest's console:\n%s", g.consoleTail())
		}
	})
	select {
	case <-ready:
	case <-g.ended:
		tb.Fatalf("the guest did not start: %v", g.err)
	case <-time.After(patience):
		tb.Fatalf("the guest did not start within %v", patience)
	}
	for _, name := range o.Modules {
		g.Load(name)
	}
	return g
}

// listen hands the guest's messages to those whom they are for.
func (g *Guest) listen(q *qemu, ready chan<- struct{}) {
	var err error
	for in := gob.NewDecoder(q.out); ; {
		var m wire.Message
		if err = in.Decode(&m); err != nil {
			break
		}
		if m.Ready {
			close(ready)
			continue
		}
		g.mu.Lock()
		p := g.processes[m.ID]
		if m.Exit != nil {
			delete(g.processes, m.ID)
		}
		g.mu.Unlock()
		if p != nil {
			p.tell(m)
		}
	}
	if err != io.EOF {
		q.kill()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err = fmt.Errorf("the guest has ended: %w", errors.Join(err, q.wait()))
	for _, p := range g.processes {
		p.tell(wire.Message{Exit: &wire.Exit{Err: g.err.Error()}})
	}
	close(g.ended)
}

// consoleTail returns the end of what the kernel and init have printed.
func (g *Guest) consoleTail() []byte {
	text, err := os.ReadFile(g.console)
	if err != nil {
		return []byte(err.Error())
	}
	return bytes.ReplaceAll(text[max(0, len(text)-8000):], []byte("\r"), nil)
}

// send sends a message about p.
func (g *Guest) send(p *Process, m wire.Message) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return g.err
	}
	if p.id == 0 {
		g.last++
		p.id = g.last
		g.processes[p.id] = p
	}
	m.ID = p.id
	return g.out.Encode(m)
}

// Load loads a kernel module and what it needs. It has parameters behind a space.
func (g *Guest) Load(name string) {
	g.tb.Helper()
	files, err := g.modules.closure(name)
	if err != nil {
		g.tb.Fatal(err)
	}
	if len(files) == 0 {
		return
	}
	if err := g.ask(wire.Message{Load: files}); err != nil {
		g.tb.Fatalf("loading %s: %v", name, err)
	}
}

// ask sends what is not a command, and waits for the answer.
func (g *Guest) ask(m wire.Message) error {
	p := newProcess(g)
	if err := g.send(p, m); err != nil {
		return err
	}
	<-p.ended
	if p.exit.Err != "" {
		return errors.New(p.exit.Err)
	}
	return nil
}

// Stop writes what is in the guest's memory to its disks and powers it off.
func (g *Guest) Stop() {
	g.tb.Helper()
	if err := g.ask(wire.Message{PowerOff: true}); err != nil {
		g.tb.Fatal(err)
	}
	select {
	case <-g.ended:
	case <-time.After(patience):
		g.tb.Fatal("the guest does not power off")
	}
}

// Kill cuts the guest's power.
func (g *Guest) Kill() {
	g.kill()
	<-g.ended
}

// Run runs a program to its end. It may be called by several goroutines at once.
func (g *Guest) Run(stdin []byte, argv ...string) harness.Result {
	g.tb.Helper()
	p := g.Start(Command{Argv: argv})
	go func() {
		p.Stdin.Write(stdin)
		p.Stdin.Close()
	}()
	return p.Wait()
}

// Command is a program to run: its arguments, what is added to its environment, and its
// directory.
type Command = wire.Command

// Signal sends a signal.
func (p *Process) Signal(s syscall.Signal) { p.guest.send(p, wire.Message{Signal: int(s)}) }
