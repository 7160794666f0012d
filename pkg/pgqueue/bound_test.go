package pgqueue

import (
	"testing"
	"time"

	"switchboard/pkg/queue"
)

// TestBound checks how long an older entry waits: others are claimed first until the search
// begins at the beginning again.
func TestBound(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q, other := s.queueOf(t, "out", queue.Options{}), s.queueOf(t, "out", queue.Options{})
	clock := time.Now()
	q.now = func() time.Time { return clock }
	put(t, q, 10, 11, 12, 13, 14, 15, 16, 17)
	next := func(want string) {
		t.Helper()
		if got := order(claimSome(t, q, 1)); got != want {
			t.Errorf("claimed %s, not %s", got, want)
		}
	}
	next("10")
	put(t, other, 5)
	next("11")
	clock = clock.Add(searchEvery)
	next("5")
	next("12")
	// One that this queue puts back is next.
	c := claimSome(t, q, 1)[0]
	next("14")
	must(t, c.Requeue())
	next("13")
	next("15")
	// One that another worker puts back is announced.
	c = claimSome(t, other, 1)[0]
	w := q.Watch()
	defer w.Close()
	must(t, c.Requeue())
	must(t, w.Wait(t.Context()))
	next("16")
	// When nothing is left, the search begins at the beginning, but not again and again.
	next("17")
	put(t, other, 6)
	clock = clock.Add(searchAgain)
	next("6")
	put(t, other, 4)
	next("")
	clock = clock.Add(searchAgain)
	next("4")
}

// TestPassSkips checks that a pass leaves alone what its caller wants to leave alone, wherever
// it stands, and claims it once the caller does not.
func TestPassSkips(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q := s.queueOf(t, "out", queue.Options{})
	ids := put(t, q, 0, 1, 2, 3, 4, 5)
	skip := map[queue.ID]bool{ids[1]: true, ids[4]: true}
	pass := func() (claims []*queue.Claim) {
		for c, err := range q.Pass(queue.Slice{}, func(id queue.ID) bool { return skip[id] }) {
			must(t, err)
			claims = append(claims, c)
		}
		return claims
	}
	claims := pass()
	if got := order(claims); got != "0 2 3 5" {
		t.Errorf("claimed %s", got)
	}
	for _, c := range claims {
		must(t, c.Requeue())
		skip[c.ID] = true
	}
	for range 2 {
		if got := order(pass()); got != "" {
			t.Errorf("claimed %s", got)
		}
	}
	delete(skip, ids[3])
	delete(skip, ids[4])
	put(t, q, 6)
	if got := order(pass()); got != "3 4 6" {
		t.Errorf("claimed %s", got)
	}
}
