package server_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/test/harness/postgres"
)

// TestFrozenHost checks that a first host that takes connections but does not answer leaves time
// for the second, and is not the first any more.
func TestFrozenHost(t *testing.T) {
	t.Parallel()
	frozen := postgres.Start(t, postgres.Memory)
	d := postgres.Shared(t).Database(t)
	if err := frozen.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { frozen.Signal(syscall.SIGCONT) })
	dsn := fmt.Sprintf("host=%s,%s port=%d,%d user=postgres dbname=%s", frozen.Dir, d.Server.Dir, frozen.Port, d.Server.Port, d.Name)
	const timeout = 12 * time.Second
	start := time.Now()
	s, err := server.Open(t.Context(), server.Config{DSN: dsn, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if took := time.Since(start); took < timeout/2 || took > timeout {
		t.Errorf("the second host was reached after %v", took)
	}
	if s.Facts().Host != d.Server.Socket() {
		t.Errorf("connected to %s", s.Facts().Host)
	}
	start = time.Now()
	l, err := s.Listen(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if took := time.Since(start); took >= timeout/2 {
		t.Errorf("the frozen host is still the first: %v", took)
	}
}
