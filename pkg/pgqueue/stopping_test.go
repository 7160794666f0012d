package pgqueue

import (
	"testing"
	"time"

	"switchboard/pkg/queue"
	"switchboard/test/harness/postgres"
)

// TestStopping checks that a worker that was told to stop does not try for as long as its lease
// lasts to finish an entry, but does try: a claim that ends after that is finished, too.
func TestStopping(t *testing.T) {
	t.Parallel()
	own := postgres.Start(t, postgres.Memory)
	d := own.Database(t)
	config := Config{DSN: d.DSN(), Timeout: 4 * time.Second, Lease: time.Hour}
	if _, err := Init(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	s := open(t, d, func(c *Config) { c.Timeout, c.Lease = config.Timeout, config.Lease })
	q := s.queueOf(t, "out", queue.Options{})
	q.HoldLeases()
	put(t, q, 1, 2)
	claims := claimSome(t, q, 2)
	must(t, own.Stop())
	done := make(chan error, 1)
	go func() { done <- claims[0].Finish() }()
	select {
	case err := <-done:
		t.Fatal("it gave up before it was told to stop:", err)
	case <-time.After(3 * config.Timeout / 2):
	}
	q.Stopping()
	select {
	case err := <-done:
		if !queue.Unavailable(err) {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("it goes on until the lease ends")
	}
	must(t, own.Start())
	must(t, claims[1].Finish())
	must(t, q.Sync())
	if got := rows(t, q); got != "out/1.bak:0" {
		t.Error(got)
	}
}
