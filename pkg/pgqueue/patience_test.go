package pgqueue

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
	"switchboard/test/harness/postgres"
)

// TestListAgain checks that a listing whose connection is lost after some rows has each entry
// once.
func TestListAgain(t *testing.T) {
	t.Parallel()
	d := database(t)
	q := open(t, d).queueOf(t, "in", queue.Options{})
	ids := put(t, q, 0, 1, 2)
	var rows atomic.Int32
	p := postgres.StartProxy(t, postgres.Shared(t), func(m postgres.Message) postgres.Fate {
		if m.Kind == "DataRow" && strings.Contains(string(m.Data), "+") && rows.Add(1) == 2 {
			return postgres.CutAfter
		}
		return postgres.Pass
	})
	q = open(t, d, func(c *Config) { c.DSN = p.DSN(d) }).queueOf(t, "in", queue.Options{})
	n := 0
	for f, err := range q.Each() {
		must(t, err)
		if n < len(ids) && f.ID != ids[n] {
			t.Errorf("entry %d is %s", n, f.ID)
		}
		n++
	}
	if n != len(ids) || rows.Load() < 2+int32(len(ids)) {
		t.Errorf("%d entries, %d rows", n, rows.Load())
	}
}

// TestEndAgain checks that a claim is ended, and no error returned, if the connection is lost
// before the answer comes.
func TestEndAgain(t *testing.T) {
	t.Parallel()
	d := database(t)
	own := open(t, d).queueOf(t, "in", queue.Options{})
	for _, test := range []struct {
		end  func(*queue.Claim) error
		left string
	}{{(*queue.Claim).Finish, ""}, {(*queue.Claim).Requeue, "in ready"}} {
		ids := put(t, own, 0)
		var armed atomic.Bool
		p := postgres.StartProxy(t, postgres.Shared(t), func(m postgres.Message) postgres.Fate {
			// The server sends nothing of an answer before it has committed.
			if m.Kind == "BindComplete" && armed.CompareAndSwap(true, false) {
				return postgres.CutBefore
			}
			return postgres.Pass
		})
		q := open(t, d, func(c *Config) { c.DSN = p.DSN(d) }).queueOf(t, "in", queue.Options{})
		c, err := q.Dequeue(ids[0])
		must(t, err)
		armed.Store(true)
		must(t, test.end(c))
		must(t, c.Close())
		must(t, q.Sync())
		if armed.Load() {
			t.Error("no connection was lost")
		}
		var left []string
		for _, e := range d.Entries(t) {
			left = append(left, e.Queue+" "+e.State.String())
		}
		if got := strings.Join(left, ", "); got != test.left {
			t.Errorf("%s is left, not %s", got, test.left)
		}
	}
}

// TestUnknownStays checks that a try which may have changed something is not forgotten because no
// server was there for the next one.
func TestUnknownStays(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	tries := []error{server.ErrUnreachable, server.ErrUnknown, server.ErrUnreachable, server.ErrUnreachable}
	err := repeat(ctx, func(context.Context) error {
		err := tries[0]
		if tries = tries[1:]; len(tries) == 0 {
			cancel()
		}
		return err
	}, changedNothingOrUnknown)
	if !errors.Is(err, server.ErrUnknown) {
		t.Error(err)
	}
}

// TestNotDurable checks that a sync which finds no server does not say that nothing was changed.
func TestNotDurable(t *testing.T) {
	t.Parallel()
	d := database(t)
	p := postgres.StartProxy(t, postgres.Shared(t), nil)
	q := open(t, d, func(c *Config) { c.DSN, c.Timeout = p.DSN(d), 4*time.Second }).queueOf(t, "in", queue.Options{})
	c, err := q.Dequeue(put(t, q, 0)[0])
	must(t, err)
	must(t, c.Requeue())
	must(t, c.Close())
	p.Decide(func(postgres.Message) postgres.Fate { return postgres.CutBefore })
	p.CutAll()
	if err := q.Sync(); !errors.Is(err, queue.ErrUnknown) || errors.Is(err, queue.ErrUnreachable) {
		t.Error(err)
	}
	p.Decide(nil)
	must(t, q.Sync())
}
