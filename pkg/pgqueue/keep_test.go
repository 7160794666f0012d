package pgqueue

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// interrupted is a queue of another kind. It calls a function before it stores.
type interrupted struct {
	queue.Queue
	before func()
}

func (i interrupted) NewBatch(stored func(string) error) queue.Batch {
	return interruptedBatch{i.Queue.NewBatch(stored), i.before}
}

type interruptedBatch struct {
	queue.Batch
	before func()
}

func (b interruptedBatch) Flush() error {
	b.before()
	return b.Batch.Flush()
}

// TestKept checks that a preserved entry that is on its way to another kind of queue cannot be
// released, moved or discarded meanwhile, in either direction. There would be two of it.
func TestKept(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	dirBad, err := queue.Create(filepath.Join(t.TempDir(), "bad"), queue.Options{})
	must(t, err)
	defer dirBad.Close()
	dir, err := queue.Create(dirBad.BesidePath("in"), queue.Options{})
	must(t, err)
	defer dir.Close()
	q, bad := s.queueOf(t, "in", queue.Options{}), s.queueOf(t, "bad", queue.Options{})
	same, err := queue.Open(dirBad.Path(), queue.Options{})
	must(t, err)
	defer same.Close()
	for i, way := range []struct{ bad, other, home, to queue.Queue }{{bad, bad, q, dir}, {dirBad, same, dir, q}} {
		id := testID(i)
		_, err := storeText(t, way.home, queue.Metadata{ID: id}, textOf(i))
		must(t, err)
		c, err := way.home.Dequeue(id)
		must(t, err)
		_, err = c.Preserve()
		must(t, err)
		ids, tries := []queue.ID{id}, 0
		busy := func(o queue.Outcome, err error) {
			if tries++; !errors.Is(err, queue.ErrBusy) {
				t.Errorf("%s, try %d: %+v, %v", way.bad.Path(), tries, o, err)
			}
		}
		home := func(queue.ID, *message.Content) (queue.Queue, error) { return way.home, nil }
		to := interrupted{way.to, func() {
			way.other.ReleaseEntries(ids, queue.ReleaseOptions{From: queue.Preserved, Target: home}, busy)
			must(t, way.other.Release(queue.ReleaseOptions{From: queue.Preserved, Target: home}, busy))
			way.other.Move(ids, queue.MoveOptions{From: queue.Preserved, To: interrupted{way.to, func() {}}}, busy)
			way.other.Move(ids, queue.MoveOptions{From: queue.Preserved, Beside: "hold"}, busy)
			way.other.Discard(ids, queue.DiscardOptions{From: queue.Preserved}, busy)
		}}
		done, paths := outcomes(t)
		way.bad.Move(ids, queue.MoveOptions{From: queue.Preserved, To: to}, done)
		if tries != 5 || len(*paths) != 1 || way.bad.Has(id, queue.Preserved) || way.home.Has(id, queue.Ready) || !way.to.Has(id, queue.Ready) {
			t.Errorf("%s: %d tries, %s", way.bad.Path(), tries, *paths)
		}
	}
}

// TestLetGo checks that a preserved entry that could not be carried can be released at once, and
// that the lease of a carrier that was killed ends.
func TestLetGo(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q, bad := s.queueOf(t, "in", queue.Options{}), s.queueOf(t, "bad", queue.Options{})
	dir, err := queue.Create(filepath.Join(t.TempDir(), "in"), queue.Options{})
	must(t, err)
	defer dir.Close()
	ids := put(t, q, 1, 2)
	for _, id := range ids {
		c, err := q.Dequeue(id)
		must(t, err)
		_, err = c.Preserve()
		must(t, err)
	}
	// The directory has another message of the first one's name.
	_, err = storeText(t, dir, queue.Metadata{ID: ids[0]}, "another")
	must(t, err)
	bad.Move(ids[:1], queue.MoveOptions{From: queue.Preserved, To: dir}, oneError(t, queue.ErrConflict))
	home := func(queue.ID, *message.Content) (queue.Queue, error) { return q, nil }
	done, _ := outcomes(t)
	bad.ReleaseEntries(ids[:1], queue.ReleaseOptions{From: queue.Preserved, Target: home}, done)

	held := s.newLeases()
	killed, err := bad.keep(ids[1], held)
	must(t, err)
	held.close()
	bad.ReleaseEntries(ids[1:], queue.ReleaseOptions{From: queue.Preserved, Target: home}, func(o queue.Outcome, err error) {
		if !errors.Is(err, queue.ErrBusy) || !strings.Contains(fmt.Sprint(err), "held by "+s.worker+" until ") {
			t.Error(o, err)
		}
	})
	must(t, s.db.Do(t.Context(), false, server.Statement{SQL: "update switchboard.entry set lease_until = lease_until - interval '20 min'"}))
	bad.ReleaseEntries(ids[1:], queue.ReleaseOptions{From: queue.Preserved, Target: home}, done)
	if got := rows(t, q); got != "in/1.pck:0 in/2.pck:0" {
		t.Error(got)
	}
	if err := killed.Remove(); !errors.Is(err, queue.ErrState) {
		t.Error("the entry was released, and removed:", err)
	}
	if got := rows(t, q); got != "in/1.pck:0 in/2.pck:0" {
		t.Error(got)
	}
}
