package queue

import (
	"errors"
	"testing"
	"time"

	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// TestFutureTimes checks that a time that a wrong clock set does not keep an entry in
// flight until that time has come. A server whose clock is ahead does not set wrong
// times.
func TestFutureTimes(t *testing.T) {
	t.Parallel()
	const minAge = 10 * time.Minute
	for name, test := range map[string]struct {
		// set is how far the clock is set back after the claim. ahead is how far the
		// disk's clock is ahead of the machine's. then is how long after the claim the
		// restore comes.
		set, ahead, then time.Duration
		want             error
	}{
		"just claimed":                             {0, 0, 0, ErrRecent},
		"claimed long ago":                         {0, 0, minAge, nil},
		"the clock was put back by seconds":        {30 * time.Second, 0, 0, ErrRecent},
		"and time has passed":                      {30 * time.Second, 0, minAge + 31*time.Second, nil},
		"the clock was ahead by hours":             {5 * time.Hour, 0, 0, nil},
		"the clock was ahead by years":             {30000 * time.Hour, 0, 0, nil},
		"the server's clock is ahead by seconds":   {0, 20 * time.Second, 0, ErrRecent},
		"the server's clock is ahead by hours":     {0, 3 * time.Hour, 0, ErrRecent},
		"and the claim is old":                     {0, 3 * time.Hour, minAge, nil},
		"the server's clock is behind":             {0, -time.Hour, 0, nil}, // see qrestore(1)
		"the server's clock is ahead and was, too": {9 * time.Hour, 3 * time.Hour, 0, nil},
	} {
		w := newWorld()
		w.disk.Ahead = test.ahead
		w.add(ready, &mail{})
		d, err := w.open("/q/in", Options{})
		must(t, err)
		c, err := d.Dequeue(testID(0))
		must(t, err)
		must(t, c.Close())
		w.disk.Sleep(test.then - test.set)
		if err := outcomes(t, d, RestoreOptions{MinAge: minAge})[testID(0)].err; !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if debris := w.temporary(); debris != "" {
			t.Errorf("%s: left %s", name, debris)
		}
	}
}

// TestFutureTemporary checks that a time in the future does not keep debris forever.
func TestFutureTemporary(t *testing.T) {
	t.Parallel()
	for back, want := range map[time.Duration]int{0: 0, 30 * time.Second: 0, 5 * time.Hour: 1} {
		w := newWorld()
		w.disk.Put("/q/in/"+testID(0).Name(Temporary), []byte("debris"), 0, 0)
		w.disk.Sleep(-back)
		d, err := w.open("/q/in", Options{})
		must(t, err)
		if swept, err := d.SweepTemporary(DebrisAge, false); err != nil || len(swept) != want {
			t.Errorf("put back by %v: swept %q, %v", back, swept, err)
		}
	}
}

// TestFutureDryRun checks that a dry run does not ask a disk for its clock, because
// asking means writing a file.
func TestFutureDryRun(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(inFlight, &mail{})
	w.disk.Sleep(-5 * time.Hour)
	d, err := w.open("/q/in", Options{})
	must(t, err)
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		if c.Op == "create" {
			t.Error("made " + c.Object)
		}
		return fakedisk.Verdict{}
	}
	if err := outcomes(t, d, RestoreOptions{MinAge: time.Hour, DryRun: true})[testID(0)].err; err != nil {
		t.Error(err)
	}
}
