// Package postgres gives tests a private PostgreSQL, from Debian's package.
//
// Shared returns the server of this test process, and its Database makes a database that
// only one test uses. Start starts a server that a test may configure, stop and break.
//
// A server keeps its data in memory if it can, which makes fsync cheap, so that the commands
// find the settings of a durable server and tests are quick. It listens on a unix socket,
// which asks for no password, and on a port of the loopback interface, which does. It ends
// with the test process, also when that is killed.
package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"switchboard/test/harness"
)

// Password is that of the superuser on the loopback interface.
const Password = "correct horse"

// Server is a running PostgreSQL. Its superuser is postgres.
type Server struct {
	// Dir has the unix socket, the log, and the data in the directory data.
	Dir string
	// Port is that of the loopback interface, and a part of the socket's name.
	Port int

	settings []string
	keeper   *exec.Cmd
	// started says that it has run on Port.
	started bool
	// end ends the server when it is closed.
	end io.WriteCloser
}

// keep runs a server until its standard input ends, which it does when the test process
// ends. SIGQUIT has PostgreSQL end at once. The shell ignores what a terminal sends to the
// tests, because it has to outlive them. The server alone keeps descriptor 3 open.
const keep = `
trap '' INT HUP TERM
"$@" </dev/null >>log 2>&1 &
server=$!
exec 3>&-
read -r how
kill -"${how:-QUIT}" $server
wait $server
test "$how" || rm -rf "$PWD"
`

var shared struct {
	sync.Once
	s   *Server
	err error
}

// Begin starts the shared server, if there is a PostgreSQL. Tests that keep locks in their
// own process begin with it: until a new process executes its program, it has the files of
// this one open, and their locks. What fails is an error of Shared.
func Begin() {
	if _, err := Programs(); err == nil {
		shared.Do(func() { shared.s, shared.err = New(Memory) })
	}
}

// Shared returns the server of this test process, which the first call starts. The test is
// skipped if there is no PostgreSQL.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	Need(tb)
	Begin()
	if shared.err != nil {
		tb.Fatal(shared.err)
	}
	return shared.s
}

// Start starts a server for one test, with settings such as "fsync=off" added to those of
// the shared one. It ends with the test.
func Start(tb testing.TB, on Disk, settings ...string) *Server {
	tb.Helper()
	Need(tb)
	s, err := New(on, settings...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// New is Start for callers that do not have a testing.TB. The server is a copy of the first
// initdb's result, and ends with Close or with the process.
func New(on Disk, settings ...string) (*Server, error) {
	if _, err := Programs(); err != nil {
		return nil, err
	}
	from, err := cluster()
	if err != nil {
		return nil, err
	}
	dir, err := on.Temp()
	if err != nil {
		return nil, err
	}
	s := &Server{Dir: dir, settings: settings}
	if out, err := AsUser(exec.Command("cp", "-a", from, filepath.Join(dir, "data"))).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cp: %w\n%s", err, out)
	}
	if err := s.Start(); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// Start starts the server again after Stop. It returns when the server accepts connections.
func (s *Server) Start() error {
	// Another program may take a new port before the server does. A server that is started
	// again keeps its port, because its clients know it.
	var err error
	for range 5 {
		if err = s.launch(); err == nil {
			return nil
		}
	}
	return err
}

func (s *Server) launch() error {
	if s.Port == 0 {
		port, err := FreePort()
		if err != nil {
			return err
		}
		s.Port = port
	}
	args := []string{"-c", keep, "postgres", filepath.Join(bin.dir, "postgres"), "-D", "data", "-k", s.Dir, "-p", strconv.Itoa(s.Port)}
	for _, setting := range append(light(), s.settings...) {
		args = append(args, "-c", setting)
	}
	s.keeper = AsUser(exec.Command("/bin/sh", args...))
	s.keeper.Dir = s.Dir
	// A ^C in the terminal is for the tests; the server ends after them.
	s.keeper.SysProcAttr.Setpgid = true
	end, err := s.keeper.StdinPipe()
	if err != nil {
		return err
	}
	lives, held, err := os.Pipe()
	if err != nil {
		return err
	}
	s.keeper.ExtraFiles = []*os.File{held}
	os.Remove(s.pidFile())
	err = s.keeper.Start()
	held.Close()
	if err != nil {
		lives.Close()
		return err
	}
	s.end = end
	ended := make(chan struct{})
	go func() {
		io.Copy(io.Discard, lives)
		lives.Close()
		close(ended)
	}()
	if err := s.ready(ended); err != nil {
		s.stop("QUIT")
		if !s.started {
			s.Port = 0
		}
		return err
	}
	s.started = true
	return nil
}

// light are the settings of every server.
func light() []string {
	return []string{
		"listen_addresses=127.0.0.1", "max_connections=200", "shared_buffers=32MB",
		// Tests are shorter than the time between two checkpoints.
		"max_wal_size=4GB", "checkpoint_timeout=1h",
		"autovacuum_naptime=10s", "timezone=Asia/Kathmandu", "log_line_prefix=%m %p %d ",
	}
}

func (s *Server) pidFile() string { return filepath.Join(s.Dir, "data", "postmaster.pid") }

// ready waits until the server says in its pid file that it accepts connections, or until it
// has ended.
func (s *Server) ready(ended <-chan struct{}) error {
	for range 12_000 {
		text, _ := os.ReadFile(s.pidFile())
		if strings.HasSuffix(strings.TrimRight(string(text), " \n"), "\nready") {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("PostgreSQL does not start:\n%s", s.Log())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return fmt.Errorf("PostgreSQL is not ready:\n%s", s.Log())
}

// Log returns what the server has logged.
func (s *Server) Log() string {
	text, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
	return string(text)
}

// Stop ends the server as a crash would: all connections are lost, and Start recovers it.
// It must not be used on the shared server.
func (s *Server) Stop() error { return s.stop("QUIT") }

func (s *Server) stop(signal string) error {
	_, err := io.WriteString(s.end, signal+"\n")
	err = errors.Join(err, s.end.Close())
	var exit *exec.ExitError
	if werr := s.keeper.Wait(); werr != nil && !errors.As(werr, &exit) {
		err = errors.Join(err, werr)
	}
	return err
}

// Signal sends a signal to the server's first process, SIGSTOP for example.
func (s *Server) Signal(signal syscall.Signal) error {
	text, err := os.ReadFile(s.pidFile())
	if err != nil {
		return err
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	pid, err := strconv.Atoi(string(first))
	if err != nil {
		return err
	}
	return syscall.Kill(pid, signal)
}

// Close ends the server and removes its data.
func (s *Server) Close() {
	s.end.Close()
	s.keeper.Wait()
}

func (s *Server) remove() { os.RemoveAll(s.Dir) }

// FreePort returns a port of the loopback interface that nobody listens on. It is below those that
// Linux gives to connections: one of these could take the port while its server does not run.
func FreePort() (port int, err error) {
	for range 100 {
		port = 10000 + rand.IntN(20000)
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}

// Programs is Bin for callers that do not have a testing.TB.
func Programs() (dir string, err error) {
	bin.Do(find)
	return bin.dir, bin.err
}

// Bin returns the directory of PostgreSQL's programs. It skips the test as Need does.
func Bin(tb testing.TB) string {
	tb.Helper()
	Need(tb)
	return bin.dir
}

// Need skips the test if there is no PostgreSQL. Under CI it fails the test.
func Need(tb testing.TB) {
	tb.Helper()
	_, err := Programs()
	harness.Needs(tb, "PostgreSQL (Debian: apt-get install postgresql)", err)
}
