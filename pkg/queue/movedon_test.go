package queue

import (
	"errors"
	"math/rand/v2"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// TestMovedOnIsDurable checks that a claim that completes an interrupted move to another
// queue says so only once a power cut cannot undo it: the entry there may be finished
// next, and the name here would then be a second message.
func TestMovedOnIsDurable(t *testing.T) {
	t.Parallel()
	w := newWorld()
	m := &mail{text: mailText(0)}
	m.file = entryFile(message.Mailman2, m.text,
		message.Item{Key: movingToKey, Value: farAway.dir}, message.Item{Key: movingFromKey, Value: ready.dir})
	w.add(ready, m)
	w.disk.Put(farAway.path(m.id), m.file, listUID, listGID)
	d, err := w.open(ready.dir, Options{})
	must(t, err)
	defer d.Close()
	if _, err := d.Dequeue(m.id); !errors.Is(err, ErrState) {
		t.Fatalf("Dequeue: %v, want ErrState", err)
	}
	w.disk.Cuts(64, rand.New(rand.NewPCG(1, 1)), func(left *fakedisk.Disk) {
		for _, p := range []place{ready, inFlight} {
			if left.Lookup(p.path(m.id)) != nil {
				t.Errorf("after a power cut the entry is at %s, too", p.path(m.id))
			}
		}
		if left.Lookup(farAway.path(m.id)) == nil {
			t.Error("after a power cut the entry is not where it was moved to")
		}
	})
}
