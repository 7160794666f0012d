package pgqueue

import (
	"errors"
	"testing"
	"time"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// leased opens a queue whose claims have leases. Config refuses such short ones.
func leased(t *testing.T, s *Server, lease time.Duration) *Queue {
	t.Helper()
	q := s.queueOf(t, "out", queue.Options{})
	s.lease = lease
	if got := q.HoldLeases(); got != lease {
		t.Fatalf("a lease lasts %v", got)
	}
	return q
}

// until returns how long the lease of an entry lasts by the server's clock, 0 for none.
func until(t *testing.T, q *Queue, id queue.ID) time.Duration {
	t.Helper()
	var seconds float64
	must(t, q.server.db.Look(t.Context(), server.Statement{
		SQL:  "select coalesce(extract(epoch from lease_until - statement_timestamp()), 0)::float8 from switchboard.entry where base = $1",
		Args: []any{id.String()},
		Row:  func(r server.Row) error { return r.Scan(&seconds) },
	}))
	return time.Duration(seconds * float64(time.Second))
}

// TestLease checks that a lease is extended, that nobody restores the entry meanwhile, and
// that it is given up with the claim.
func TestLease(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q := leased(t, s, time.Hour)
	id := put(t, q, 1)[0]
	c, err := q.Dequeue(id)
	must(t, err)
	if d := until(t, q, id); d < 59*time.Minute || d > time.Hour {
		t.Errorf("the lease ends in %v", d)
	}
	for _, restore := range []func(queue.RestoreOptions, func(queue.Outcome, error)) error{q.Restore, q.RestoreEnded} {
		must(t, restore(queue.RestoreOptions{}, func(o queue.Outcome, err error) {
			if !errors.Is(err, queue.ErrBusy) {
				t.Errorf("%+v, %v", o, err)
			}
		}))
	}
	q.RestoreEntries([]queue.ID{id}, queue.RestoreOptions{}, func(o queue.Outcome, err error) {
		if !errors.Is(err, queue.ErrBusy) {
			t.Errorf("%+v, %v", o, err)
		}
	})
	// A quarter of it is over: it is extended.
	lease := c.Held.(*claim).lease
	q.leases.mu.Lock()
	lease.since = lease.since.Add(-20 * time.Minute)
	q.leases.mu.Unlock()
	must(t, s.db.Do(t.Context(), false, server.Statement{SQL: "update switchboard.entry set lease_until = lease_until - interval '20 min'"}))
	eventually(t, "the extended lease", func() bool { return until(t, q, id) > 59*time.Minute })
	select {
	case <-c.Lost():
		t.Error("it is lost")
	default:
	}
	// Whoever closes a claim may restore it, as after the crash of a command.
	must(t, c.Close())
	q.RestoreEntries([]queue.ID{id}, queue.RestoreOptions{}, func(o queue.Outcome, err error) {
		if err != nil || o.Restores != 1 {
			t.Errorf("%+v, %v", o, err)
		}
	})
	c, err = q.Dequeue(id)
	must(t, err)
	must(t, c.Requeue())
	if d := until(t, q, id); d != 0 {
		t.Errorf("a ready entry has a lease, for %v", d)
	}
	if q.leases.stop != nil {
		t.Error("somebody extends leases, but there are none")
	}
}

// TestLeaseLost checks that a claim whose lease cannot be extended is lost before the lease
// ends, and touches nothing any more.
func TestLeaseLost(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q := leased(t, s, 2*time.Second)
	id := put(t, q, 1)[0]
	// The server refuses to extend it.
	must(t, s.db.Do(t.Context(), false, server.Statement{SQL: `
		create function switchboard.refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$`}, server.Statement{SQL: `
		create trigger refuse before update on switchboard.entry for each row when (old.state = 2 and new.state = 2) execute function switchboard.refuse()`}))
	c, err := q.Dequeue(id)
	must(t, err)
	select {
	case <-c.Lost():
	case <-time.After(time.Minute):
		t.Fatal("it is not lost")
	}
	if d := until(t, q, id); d <= 0 {
		t.Logf("a busy machine: the lease ended %v before it was lost", -d)
	}
	_, preserved := c.Preserve()
	for i, err := range []error{c.Finish(), c.Requeue(), preserved} {
		if !errors.Is(err, queue.ErrState) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if got := rows(t, q); got != "out/1.bak:0" {
		t.Errorf("left: %s", got)
	}
	eventually(t, "the restore", func() bool {
		must(t, q.RestoreEnded(queue.RestoreOptions{MinAge: time.Hour}, func(queue.Outcome, error) {}))
		return rows(t, q) == "out/1.pck:1"
	})
}

// TestLeaseTaken checks that a claim is lost if somebody restores the entry in spite of its
// lease.
func TestLeaseTaken(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q := leased(t, s, time.Minute)
	id := put(t, q, 1)[0]
	c, err := q.Dequeue(id)
	must(t, err)
	must(t, s.db.Do(t.Context(), false, server.Statement{SQL: "update switchboard.entry set state = 1"}))
	lease := c.Held.(*claim).lease
	q.leases.mu.Lock()
	lease.since = lease.since.Add(-20 * time.Second)
	q.leases.mu.Unlock()
	select {
	case <-c.Lost():
	case <-time.After(time.Minute):
		t.Fatal("it is not lost")
	}
}

// TestLeaseAsleep checks that the time while the machine slept counts, which the clock of the
// timers does not count.
func TestLeaseAsleep(t *testing.T) {
	t.Parallel()
	s := &Server{lease: time.Minute}
	now := time.Now()
	if !s.lasts(now.Add(-49*time.Second), now) || s.lasts(now.Add(-51*time.Second), now) {
		t.Error("awake")
	}
	if s.lasts(now.Round(0).Add(-51*time.Second), now) {
		t.Error("asleep")
	}
}

// TestRestoreEnded checks that claims without a lease are not those of a dead worker.
func TestRestoreEnded(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q := s.queueOf(t, "out", queue.Options{})
	put(t, q, 1)
	claimSome(t, q, 1)
	must(t, q.RestoreEnded(queue.RestoreOptions{}, func(o queue.Outcome, err error) { t.Errorf("%+v, %v", o, err) }))
	if got := rows(t, q); got != "out/1.bak:0" {
		t.Errorf("left: %s", got)
	}
}

// eventually waits until is returns true.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not come", what)
		}
	}
}
