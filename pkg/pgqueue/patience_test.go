package pgqueue

import (
	"context"
	"errors"
	"fmt"
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

// TestTooLate checks what is said of a try that lasts until the lease ends: not that it was
// interrupted, but whether something may have changed.
func TestTooLate(t *testing.T) {
	t.Parallel()
	s := &Server{timeout: time.Minute}
	s.told, s.stopping = context.WithCancel(t.Context())
	defer s.stopping()
	for _, test := range []struct {
		kind error
		text string
	}{{server.ErrUnreachable, "its lease ended before the server answered"}, {server.ErrUnknown, server.ErrUnknown.Error()}} {
		l := &lease{lost: make(chan struct{})}
		err := s.untilLost(l, func(ctx context.Context) error {
			l.lose()
			<-ctx.Done()
			return test.kind
		})
		if !errors.Is(err, test.kind) || err.Error() != test.text {
			t.Errorf("%v: %v", test.kind, err)
		}
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

// TestEndManyAgain checks what becomes of each of several claims if the connection is lost before
// the answer comes. Only an entry that is nowhere may have been finished by the lost try.
func TestEndManyAgain(t *testing.T) {
	t.Parallel()
	d := database(t)
	own := open(t, d).queueOf(t, "in", queue.Options{})
	for _, test := range []struct {
		requeue bool
		wrong   string
		left    string
	}{
		{false, "2 3 4", "bad/3.psv:0 hold/2.pck:1 in/4.bak:1"},
		{true, "1 2 3 4", "bad/3.psv:0 hold/2.pck:1 in/0.pck:0 in/4.bak:1 in/5.pck:0"},
	} {
		must(t, own.server.db.Do(t.Context(), true, server.Statement{SQL: "delete from switchboard.entry"}))
		put(t, own, 0, 1, 2, 3, 4, 5)
		view, ids := viewOf(t, own, claimSome(t, own, 6))
		one := func(i int) *View { return own.View(ids[i], view.claims[ids[i]]) }
		fine := func(_ queue.Outcome, err error) { must(t, err) }
		must(t, one(1).Finish(ids[1]))
		one(3).PreserveEntries(ids[3:4], fine)
		own.RestoreEntries([]queue.ID{ids[2], ids[4]}, queue.RestoreOptions{}, fine)
		own.Move(ids[2:3], queue.MoveOptions{From: queue.Ready, Beside: "hold"}, fine)
		_, err := own.Dequeue(ids[4])
		must(t, err)
		var armed atomic.Bool
		p := postgres.StartProxy(t, postgres.Shared(t), func(m postgres.Message) postgres.Fate {
			// The server sends nothing of an answer before it has committed.
			if m.Kind == "BindComplete" && armed.CompareAndSwap(true, false) {
				return postgres.CutBefore
			}
			return postgres.Pass
		})
		q := open(t, d, func(c *Config) { c.DSN = p.DSN(d) }).queueOf(t, "in", queue.Options{})
		armed.Store(true)
		var wrong []string
		(&View{q, view.claims}).EndEntries(ids, test.requeue, func(o queue.Outcome, err error) {
			if err != nil {
				wrong = append(wrong, fmt.Sprint(number(o.ID)))
			}
			if err != nil && !isMissing(err) {
				t.Error(err)
			}
		})
		if got := strings.Join(wrong, " "); got != test.wrong || armed.Load() {
			t.Errorf("%q were not claimed, want %q", got, test.wrong)
		}
		if got := rows(t, own); got != test.left {
			t.Errorf("%s is left, not %s", got, test.left)
		}
	}
}
