package queue

import (
	"errors"
	"strings"
	"testing"

	"switchboard/pkg/message"
)

func TestPass(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready, InFlight, Ready, Ready, Ready, Ready, Preserved)
	writeEntry(t, d.Path(), testID(3), Ready, []byte("garbage"))
	writeEntry(t, d.Path(), testID(4), InFlight, nil) // a conflict
	pass := d.Pass(Slice{}, func(id ID) bool { return id == testID(5) })
	got := passThrough(t, pass, func(c *Claim) error {
		// The pass leaves entries that come before its last one, and entries that were
		// requeued.
		if !d.Has(testID(1), Ready) {
			writeEntry(t, d.Path(), testID(1), Ready, entryFile(message.Mailman2, mailText(1)))
		}
		return c.Requeue()
	})
	if got != "acd!e!" {
		t.Errorf("the pass went %s", got)
	}
	if d.Has(testID(3), Ready) || d.Has(testID(9), Ready) || !d.Has(testID(4), Ready) {
		t.Error("the names are others")
	}
	if got := passThrough(t, d.Pass(Slice{}, func(ID) bool { return false }), (*Claim).Requeue); got != "ab!ce!f" {
		t.Errorf("the next pass went %s", got)
	}
}

// TestPassOfMany checks a pass that needs more than one listing and does not hold all of
// the queue.
func TestPassOfMany(t *testing.T) {
	t.Parallel()
	w := deepWorld(passEntries + 100)
	n := listings(w)
	d, err := w.open("/q/in", Options{})
	must(t, err)
	seen, last := 0, ID{}
	for c, err := range d.Pass(Slice{1, 2}, func(ID) bool { return false }) {
		must(t, err)
		if last != (ID{}) && c.ID.Compare(last) <= 0 {
			t.Fatalf("%s came after %s", c.ID, last)
		}
		last = c.ID
		seen++
		must(t, c.Requeue())
	}
	list, err := idsOf(d.List(Slice{1, 2}.Filter(), Ready))
	must(t, err)
	if seen != len(list) || *n > 4 {
		t.Errorf("%d of %d, in %d listings", seen, len(list), *n)
	}
}

func TestShunt(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready, Ready, Ready)
	claim := func(n int) *Claim {
		t.Helper()
		c, err := d.Dequeue(testID(n))
		must(t, err)
		return c
	}
	c := claim(0)
	to, err := c.Shunt()
	must(t, err)
	must(t, c.Close())
	shunt, err := Open(strings.TrimSuffix(d.Path(), "in")+"shunt", Options{})
	must(t, err)
	defer shunt.Close()
	e := entryAt(t, shunt, to)
	if e.Content.WhichQueue() != d.Path() || messageOf(t, e) != mailText(0) {
		t.Errorf("it came from %q: %q", e.Content.WhichQueue(), messageOf(t, e))
	}
	expectNames(t, shunt.Path(), "a.pck")

	writeEntry(t, shunt.Path(), testID(1), Ready, []byte("another of that name"))
	c = claim(1)
	if _, err := c.Shunt(); !errors.Is(err, ErrConflict) {
		t.Errorf("over another file: %v", err)
	}
	must(t, c.Close())

	c = claim(2)
	must(t, d.Finish(testID(2)))
	if _, err := c.Shunt(); !errors.Is(err, ErrState) {
		t.Errorf("what is finished: %v", err)
	}
	must(t, c.Close())
	expectNames(t, d.Path(), "b.bak")

	writeEntry(t, shunt.Path(), testID(5), Ready, entryFile(message.Mailman2, mailText(5)))
	c, err = shunt.Dequeue(testID(5))
	must(t, err)
	if _, err := c.Shunt(); err == nil {
		t.Error("the shunt queue shunts to itself")
	}
	must(t, c.Close())
}
