package pgqueue

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/queue"
	"switchboard/test/harness/postgres"
)

// TestDequeueEntries checks that named entries are claimed in the order of their names, that one
// that cannot be claimed is said by itself, and that whoever stops keeps only what it has got.
func TestDequeueEntries(t *testing.T) {
	t.Parallel()
	d := database(t)
	p := postgres.StartProxy(t, postgres.Shared(t), nil)
	q := open(t, d, func(c *Config) { c.DSN, c.Timeout = p.DSN(d), time.Second }).queueOf(t, "out", queue.Options{})
	ids := put(t, q, 1, 2, 3, 4, 5, 6)
	must(t, claimSome(t, q, 1)[0].Close())
	slices.Reverse(ids)

	for id, err := range q.CanClaimEntries(ids) {
		if number(id) != 1 || !isMissing(err) {
			t.Errorf("CanClaimEntries of %d: %v", number(id), err)
		}
	}
	if n := len(q.CanClaimEntries(ids)); n != 1 {
		t.Errorf("CanClaimEntries has %d errors", n)
	}

	var got []string
	for c, err := range q.DequeueEntries(ids) {
		one, isOne := errors.AsType[*queue.ClaimError](err)
		switch {
		case isOne && isMissing(err):
			got = append(got, fmt.Sprint("no ", number(one.ID)))
			continue
		case err != nil:
			t.Fatal(err)
		}
		if got = append(got, fmt.Sprint(number(c.ID))); mail(t, c) != textOf(number(c.ID)) {
			t.Errorf("the message of %d is %q", number(c.ID), mail(t, c))
		}
		must(t, c.Close())
		if len(got) == 4 {
			break
		}
	}
	if got, want := strings.Join(got, ", "), "no 1, 6, 5, 4"; got != want {
		t.Errorf("claimed: %s; want %s", got, want)
	}
	if got, want := rows(t, q), "out/1.bak:0 out/2.pck:0 out/3.pck:0 out/4.bak:0 out/5.bak:0 out/6.bak:0"; got != want {
		t.Errorf("the queue is %s; want %s", got, want)
	}

	// Each entry is said if the server is not there.
	p.Decide(func(postgres.Message) postgres.Fate { return postgres.CutBefore })
	got = nil
	for _, err := range q.DequeueEntries(ids) {
		if one, isOne := errors.AsType[*queue.ClaimError](err); isOne && queue.Unavailable(err) {
			got = append(got, fmt.Sprint(number(one.ID)))
		} else {
			t.Errorf("without a server: %v", err)
		}
	}
	if got, want := strings.Join(got, " "), "6 5 4 3 2 1"; got != want {
		t.Errorf("without a server: errors of %s; want %s", got, want)
	}
}
