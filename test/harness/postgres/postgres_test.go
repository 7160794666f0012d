package postgres

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

func TestDatabases(t *testing.T) {
	t.Parallel()
	s := Shared(t)
	a, b := s.Database(t), s.Database(t)
	a.SQL(t, "CREATE TABLE only_here (n int); INSERT INTO only_here VALUES (7)")
	if got := a.Copy(t).SQL(t, "SELECT n, 'x' FROM only_here"); got != "7|x" {
		t.Errorf("the copy has %q", got)
	}
	if got := b.SQL(t, "SELECT to_regclass('only_here') IS NULL"); got != "t" {
		t.Error("two tests have one database")
	}
	// The commands ask for these before they call anything durable.
	if got := a.SQL(t, "SHOW fsync; SHOW full_page_writes; SHOW synchronous_commit"); got != "on\non\non" {
		t.Errorf("%q", got)
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	s := Start(t, Real, "fsync=off")
	d := s.Database(t)
	if got := d.SQL(t, "SHOW fsync"); got != "off" {
		t.Errorf("fsync is %s", got)
	}
	d.SQL(t, "CREATE TABLE kept ()")
	// What the log says of a client is not about the server.
	if _, err := s.run("nosuch", "SELECT"); err == nil || !strings.Contains(s.Log(), "FATAL:") {
		t.Errorf("%v, and the log has\n%s", err, s.Log())
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.run("postgres", "SELECT"); err == nil {
		t.Error("it has not stopped")
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if got := d.SQL(t, "SELECT count(*) FROM kept"); got != "0" {
		t.Errorf("%q", got)
	}
}

// TestPortIsTaken checks that a server does not start again on another port, which its clients do not
// know.
func TestPortIsTaken(t *testing.T) {
	t.Parallel()
	s := Start(t, Memory)
	port := s.Port
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err == nil || s.Port != port {
		t.Errorf("started on port %d, and port %d was taken: %v", s.Port, port, err)
	}
	l.Close()
	if err := s.Start(); err != nil || s.Port != port {
		t.Errorf("port %d, not %d: %v", s.Port, port, err)
	}
}

// TestStartFails checks that Start tells of a server that ends at once, and says why.
func TestStartFails(t *testing.T) {
	t.Parallel()
	Need(t)
	if _, err := New(Memory, "nosuch=1"); err == nil || !strings.Contains(err.Error(), `"nosuch"`) {
		t.Errorf("%v", err)
	}
}

// TestKilled checks that a server ends, and leaves nothing, when the tests are killed. The
// process that is killed runs TestVictim.
func TestKilled(t *testing.T) {
	t.Parallel()
	Need(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
	cmd.Env = append(os.Environ(), "SWITCHBOARD_VICTIM=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, err := bufio.NewReader(out).ReadString('\n')
	cmd.Process.Kill()
	cmd.Wait()
	dirs := strings.Fields(said)
	if err != nil || len(dirs) != 2 {
		t.Fatalf("%q, %v", said, err)
	}
	for _, dir := range dirs {
		for range 3000 {
			if _, err = os.Stat(dir); err != nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if err == nil {
			t.Errorf("%s is still there", dir)
		}
	}
}

func TestVictim(t *testing.T) {
	if os.Getenv("SWITCHBOARD_VICTIM") == "" {
		t.Skip("run by TestKilled")
	}
	a, b := Shared(t), Start(t, Memory)
	if err := b.Signal(syscall.Signal(0)); err != nil && err != syscall.EPERM {
		t.Error(err)
	}
	os.Stdout.WriteString(a.Dir + " " + b.Dir + "\n")
	time.Sleep(10 * time.Minute)
}
