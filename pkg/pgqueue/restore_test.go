package pgqueue

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/queue"
)

func TestRestore(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	var events []string
	q := s.queueOf(t, "out", queue.Options{Describe: true, Trace: func(e queue.Event) {
		events = append(events, fmt.Sprint(e.Kind, " ", e.To[:strings.Index(e.To, "/")], " ", e.About.Restores))
	}})
	put(t, q, 1, 2)
	for range 3 {
		claimSome(t, q, 2)
		must(t, q.Restore(queue.RestoreOptions{MaxRestores: 3, DryRun: true}, func(queue.Outcome, error) {}))
		if got := rows(t, q); !strings.HasPrefix(got, "out/1.bak") {
			t.Errorf("a dry run: %s", got)
		}
		must(t, q.Restore(queue.RestoreOptions{MaxRestores: 3}, func(o queue.Outcome, err error) {
			if err != nil || o.Preserved != (o.Restores == 3) {
				t.Errorf("%+v, %v", o, err)
			}
		}))
	}
	if got := rows(t, q); got != "bad/1.psv:3 bad/2.psv:3" {
		t.Errorf("left: %s", got)
	}
	events = slices.DeleteFunc(events, func(e string) bool { return strings.HasPrefix(e, "claimed") })
	want := "restored pg:out 1, restored pg:out 1, restored pg:out 2, restored pg:out 2, preserved pg:bad 3, preserved pg:bad 3"
	if got := strings.Join(events, ", "); got != want {
		t.Errorf("events: %s", got)
	}
}

// TestRestoreLeavesAlone checks the age, the slice, names and a conflict.
func TestRestoreLeavesAlone(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q, bad := s.queueOf(t, "out", queue.Options{}), s.queueOf(t, "bad", queue.Options{})
	ids := put(t, q, 1, 2, 3)
	claimSome(t, q, 3)
	restore := func(o queue.RestoreOptions, want error) {
		t.Helper()
		n := 0
		must(t, q.Restore(o, func(_ queue.Outcome, err error) {
			if n++; !errors.Is(err, want) {
				t.Errorf("%v, not %v", err, want)
			}
		}))
		if n == 0 {
			t.Error("nothing was restored")
		}
	}
	restore(queue.RestoreOptions{MinAge: time.Hour}, queue.ErrRecent)
	for i := range uint64(5) {
		slice := queue.Slice{Index: i, Count: 5}
		must(t, q.Restore(queue.RestoreOptions{Slice: slice, DryRun: true}, func(o queue.Outcome, err error) {
			if !slice.Filter()(o.ID) || err != nil {
				t.Errorf("slice %v: %+v, %v", slice, o, err)
			}
		}))
	}
	var states []string
	for _, listed := range []bool{true, false} {
		q.RestoreEntries([]queue.ID{ids[1], testID(9)}, queue.RestoreOptions{Listed: listed}, func(o queue.Outcome, err error) {
			states = append(states, fmt.Sprint(number(o.ID), errors.Is(err, queue.ErrState)))
		})
	}
	slices.Sort(states)
	if got := strings.Join(states, " "); got != "2 false 2 true 9 true" {
		t.Errorf("by name: %s", got)
	}
	// An entry of that name is preserved already.
	put(t, bad, 1)
	n := 0
	must(t, q.Restore(queue.RestoreOptions{MaxRestores: 1}, func(o queue.Outcome, err error) {
		if n++; (number(o.ID) == 1) != errors.Is(err, queue.ErrConflict) || number(o.ID) != 1 && err != nil {
			t.Errorf("%+v, %v", o, err)
		}
	}))
	if got := rows(t, q); n != 2 || got != "bad/1.pck:0 bad/3.psv:1 out/1.bak:0 out/2.pck:1" {
		t.Errorf("left: %s", got)
	}
}
