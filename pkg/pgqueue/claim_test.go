package pgqueue

import (
	"errors"
	"strings"
	"testing"

	"switchboard/pkg/queue"
)

func TestClaim(t *testing.T) {
	t.Parallel()
	d := database(t)
	s := open(t, d)
	var events []string
	q := s.queueOf(t, "out", queue.Options{Describe: true, Trace: func(e queue.Event) { events = append(events, string(e.Kind)) }})
	put(t, q, 3, 1, 2)
	put(t, s.queueOf(t, "in", queue.Options{}), 0)
	claims := claimSome(t, q, 2)
	if got := order(claims); got != "1 2" {
		t.Fatalf("claimed %s", got)
	}
	if got := mail(t, claims[0]); got != textOf(1) {
		t.Errorf("the message is %q", got)
	}
	if p, err := ParsePath(claims[0].Path()); err != nil || p.Queue != "out" || p.Generation == 0 || !strings.HasPrefix(p.Entry, testID(1).String()) {
		t.Errorf("%s: %+v, %v", claims[0].Path(), p, err)
	}
	if claims[0].Lost() != nil {
		t.Error("it has a lease")
	}
	must(t, claims[0].Finish())
	must(t, claims[1].Requeue())
	must(t, q.Sync())
	for _, c := range claims {
		c.Trace()
	}
	if got := strings.Join(events, " "); got != "claimed claimed finished requeued" {
		t.Errorf("events: %s", got)
	}
	if got := rows(t, q); got != "in/0.pck:0 out/2.pck:0 out/3.pck:0" {
		t.Errorf("left: %s", got)
	}
	for _, end := range []func() error{claims[0].Finish, claims[0].Requeue, claims[1].Finish, claims[1].Requeue} {
		if err := end(); !errors.Is(err, queue.ErrState) {
			t.Errorf("ended twice: %v", err)
		}
	}
	// The one that was put back is found before the younger one.
	if got := order(claimSome(t, q, 2)); got != "2 3" {
		t.Errorf("then claimed %s", got)
	}
	for c, err := range q.Claims(queue.Slice{}, 1) {
		t.Errorf("%v, %v", c, err)
	}
}

// TestClaimGeneration checks that a claim that was restored cannot be ended any more, even if
// somebody has claimed the entry again.
func TestClaimGeneration(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q := s.queueOf(t, "out", queue.Options{})
	id := put(t, q, 1)[0]
	old, err := q.Dequeue(id)
	must(t, err)
	if _, err := q.Dequeue(id); !errors.Is(err, queue.ErrState) {
		t.Errorf("claimed twice: %v", err)
	}
	must(t, q.Restore(queue.RestoreOptions{}, func(o queue.Outcome, err error) {
		if err != nil || o.From != old.Path() || o.Restores != 1 || o.To != q.EntryPath(id, queue.Ready) {
			t.Errorf("%+v, %v", o, err)
		}
	}))
	now, err := q.Dequeue(id)
	must(t, err)
	if now.Content.Restores() != 1 || mail(t, now) != textOf(1) {
		t.Errorf("restored %d times, %q", now.Content.Restores(), mail(t, now))
	}
	p, err := ParsePath(old.Path())
	must(t, err)
	view := q.View(id, p.Generation)
	_, preserved := old.Preserve()
	view.PreserveEntries([]queue.ID{id}, func(_ queue.Outcome, err error) { preserved = errors.Join(preserved, err) })
	view.RestoreEntries([]queue.ID{id}, queue.RestoreOptions{}, func(_ queue.Outcome, err error) { preserved = errors.Join(preserved, err) })
	for i, err := range []error{view.Finish(id), view.Requeue(id), view.Look(id, queue.InFlight), preserved, old.Finish(), old.Requeue()} {
		if !errors.Is(err, queue.ErrState) {
			t.Errorf("%d: %v", i, err)
		}
	}
	for _, err := range []error{q.Finish(id), q.Requeue(id)} {
		if !errors.Is(err, ErrGeneration) {
			t.Error(err)
		}
	}
	if got := rows(t, q); got != "out/1.bak:1" {
		t.Errorf("left: %s", got)
	}
	if p, err = ParsePath(now.Path()); err != nil {
		t.Fatal(err)
	}
	must(t, q.View(id, p.Generation).Finish(id))
	must(t, q.Sync())
	if got := rows(t, q); got != "" {
		t.Errorf("left: %s", got)
	}
}

func TestClaimSlices(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q := s.queueOf(t, "out", queue.Options{})
	var all []int
	for n := range 40 {
		all = append(all, n)
	}
	put(t, q, all...)
	claimed := map[int]bool{}
	for i := range uint64(3) {
		slice := queue.Slice{Index: i, Count: 3}
		inside := slice.Filter()
		last := -1
		for c, err := range s.queueOf(t, "out", queue.Options{}).Pass(slice, never) {
			must(t, err)
			n := number(c.ID)
			if claimed[n] || !inside(c.ID) || n < last {
				t.Errorf("slice %v has %d after %d", slice, n, last)
			}
			claimed[n], last = true, n
		}
	}
	if len(claimed) != len(all) {
		t.Errorf("%d of %d were claimed", len(claimed), len(all))
	}
}

// TestClaimMalformed checks that an entry that cannot be read does not stop the others.
func TestClaimMalformed(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q := s.queueOf(t, "out", queue.Options{})
	must(t, q.server.db.Do(t.Context(), false, insertion(q, testID(0), []byte("no pickle"), []byte("none"))))
	put(t, q, 1)
	var got []string
	for c, err := range q.Claims(queue.Slice{}, 10) {
		if err == nil {
			got = append(got, order([]*queue.Claim{c}))
			continue
		}
		failed, ok := errors.AsType[*queue.ClaimError](err)
		if !ok || !errors.Is(err, queue.ErrMalformed) || failed.Preserved != "pg:bad/"+testID(0).Name(queue.Preserved) {
			t.Errorf("%v", err)
		}
		got = append(got, "malformed")
	}
	if strings.Join(got, " ") != "malformed 1" {
		t.Errorf("claimed %q", got)
	}
	if got := rows(t, q); got != "bad/0.psv:0 out/1.bak:0" {
		t.Errorf("left: %s", got)
	}
}

// TestClaimsStopped checks that what a caller does not take of a group is ready again.
func TestClaimsStopped(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q := s.queueOf(t, "out", queue.Options{})
	put(t, q, 0, 1, 2, 3, 4)
	for range q.Claims(queue.Slice{}, 4) {
		break
	}
	if got := rows(t, q); got != "out/0.bak:0 out/1.pck:0 out/2.pck:0 out/3.pck:0 out/4.pck:0" {
		t.Errorf("left: %s", got)
	}
	if got := order(claimSome(t, q, 2)); got != "1 2" {
		t.Errorf("then claimed %s", got)
	}
	// Of all means of those that were there.
	n := 0
	for c, err := range q.ClaimsOfAll(queue.Slice{}) {
		must(t, err)
		put(t, q, 100+n)
		n++
		must(t, c.Finish())
	}
	if n != 2 {
		t.Errorf("%d were claimed", n)
	}
}
