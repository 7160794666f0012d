package runner_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// TestOnly checks that a run with Options.Only handles these entries, each once, beside
// another run of the whole queue, and restores nothing.
func TestOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := s.add(mail, "Subject: crash\n\n", mail, mail, mail)
	claim, err := s.dir.Dequeue(ids[3])
	if err != nil {
		t.Fatal(err)
	}
	claim.Close()
	other, err := queue.Open(s.dir.Path(), queue.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.LockSlice(queue.Slice{}, true); err != nil {
		t.Fatal(err)
	}
	var handled []queue.ID
	o := s.handling(func(_ context.Context, claim *queue.Claim, _ runner.Next) runner.Verdict {
		handled = append(handled, claim.ID)
		if claim.ID == ids[1] {
			panic("a mistake")
		}
		return runner.Verdict{Kind: runner.Finished}
	})
	o.Only = []queue.ID{ids[2], ids[3], ids[1], ids[0]}
	totals, err := s.run(o)
	if err != nil || s.kinds() != "finished restored finished" || totals.Waiting != 1 {
		t.Errorf("%v, %+v, outcomes %q", err, totals, s.kinds())
	}
	if len(handled) != 3 || handled[0] != ids[2] || handled[1] != ids[1] || handled[2] != ids[0] {
		t.Errorf("handled %v", handled)
	}
	s.has("in", ids[1].Name(queue.Ready), ids[3].Name(queue.InFlight), ids[4].Name(queue.Ready))
	if len(s.reports) != 2 || !errors.Is(s.reports[0], queue.ErrState) {
		t.Errorf("reported %v", s.reports)
	}
}

// TestOnlyStopped checks that a run with Options.Only says that it left some of them.
func TestOnlyStopped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := s.add(mail, mail)
	o := s.handling(func(context.Context, *queue.Claim, runner.Next) runner.Verdict {
		return runner.Verdict{Pause: time.Hour}
	})
	o.Only = ids
	totals, err := s.run(o)
	if err != nil || s.kinds() != "deferred" || !totals.Left {
		t.Errorf("%v, %+v, outcomes %q", err, totals, s.kinds())
	}
	if _, err := os.Stat(filepath.Join(s.dir.Path(), "switchboard.lock")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the slice was locked")
	}
}
