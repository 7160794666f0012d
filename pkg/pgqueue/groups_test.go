package pgqueue

import (
	"fmt"
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
	if n := len(claimSome(t, q, largestGroup)); n != largestGroup {
		t.Errorf("%d are claimed", n)
	}
	if n := requests(); n != 1 {
		t.Errorf("%d requests claim one group", n)
	}
}
