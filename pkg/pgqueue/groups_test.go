package pgqueue

import (
	"fmt"
	"slices"
	"testing"

	"switchboard/pkg/queue"
	"switchboard/test/harness/postgres"
)

// TestGroups counts the requests for many entries: those of a group go in one round trip.
func TestGroups(t *testing.T) {
	t.Parallel()
	d := database(t)
	p := postgres.StartProxy(t, postgres.Shared(t), nil)
	q := open(t, d, func(c *Config) { c.DSN = p.DSN(d) }).queueOf(t, "out", queue.Options{})
	// requests returns how many times the server was asked for an answer since the last call.
	before := 0
	requests := func() (n int) {
		all := p.Messages()
		for _, m := range all[before:] {
			if m.Kind == "Sync" || m.Kind == "Query" {
				n++
			}
		}
		before = len(all)
		return n
	}
	const groups = 3
	store := func(n int) {
		stored, _ := kept()
		b := q.NewBatch(stored)
		for i := range n {
			p, err := b.Create(queue.Metadata{})
			must(t, err)
			fmt.Fprintf(p, "Subject: %d\n\n", i)
			must(t, p.Commit())
		}
		must(t, b.Flush())
	}
	store(1) // prepares the statements
	must(t, claimSome(t, q, 1)[0].Finish())
	requests()
	store(groups * groupEntries)
	// Each group is sent at once with a request for the notification that follows its commit.
	if n := requests(); n != 2*groups {
		t.Errorf("%d requests store %d groups", n, groups)
	}
	claim := func() []*queue.Claim {
		claims := claimSome(t, q, largestGroup)
		if n := requests(); n != 1 || len(claims) != largestGroup {
			t.Errorf("%d requests claim %d entries", n, len(claims))
		}
		return claims
	}
	// The first claim of each group is none any more. Two statements may have to be prepared.
	for what, end := range map[string]struct {
		do       func(*View, []queue.ID, func(queue.Outcome, error))
		requests int
	}{
		"finish":   {func(v *View, ids []queue.ID, done func(queue.Outcome, error)) { v.EndEntries(ids, false, done) }, 1},
		"requeue":  {func(v *View, ids []queue.ID, done func(queue.Outcome, error)) { v.EndEntries(ids, true, done) }, 2},
		"preserve": {(*View).PreserveEntries, 2 + 3*largestGroup/namedAtOnce},
		"restore": {func(v *View, ids []queue.ID, done func(queue.Outcome, error)) {
			v.RestoreEntries(ids, queue.RestoreOptions{}, done)
		}, 2 + 4*largestGroup/namedAtOnce},
	} {
		view, ids := viewOf(t, q, claim())
		must(t, q.View(ids[0], view.claims[ids[0]]).Finish(ids[0]))
		end.do(q.View(ids[0], 1), ids[:1], func(queue.Outcome, error) {}) // prepares the first statement
		requests()
		var told []queue.ID
		end.do(view, ids, func(o queue.Outcome, err error) {
			told = append(told, o.ID)
			if isMissing(err) != (o.ID == ids[0]) || err != nil && o.ID != ids[0] {
				t.Errorf("%s of %s: %v", what, o.From, err)
			}
		})
		if n := requests(); n > end.requests {
			t.Errorf("%d requests %s one group", n, what)
		}
		slices.SortFunc(told, queue.ID.Compare)
		if !slices.Equal(told, ids) {
			t.Errorf("%s: %d outcomes of %d", what, len(told), len(ids))
		}
	}
}

// viewOf returns a view that has claims, and their entries in order.
func viewOf(t *testing.T, q *Queue, claims []*queue.Claim) (view *View, ids []queue.ID) {
	t.Helper()
	for _, c := range claims {
		one := q.View(c.ID, c.Held.(*claim).generation)
		if ids = append(ids, c.ID); view == nil {
			view = one
		} else if !view.AddView(one) {
			t.Fatalf("%s is not added", c.Path())
		}
	}
	return view, ids
}
