package deliver

import (
	"errors"
	"slices"
	"sync"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// feedEvery is how often Feed looks into the retry queue, and how long it leaves alone what
// this process has put off: SLEEPTIME of Mailman's RetryRunner.
const feedEvery = 15 * time.Minute

// feeder remembers what this process has put off.
type feeder struct {
	mu    sync.Mutex
	until map[queue.ID]time.Time
	// next is when to look again.
	next time.Time
}

// putOff is called with an entry that goes to the retry queue.
func (f *feeder) putOff(id queue.ID, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.until == nil {
		f.until = map[queue.ID]time.Time{}
	}
	at := now.Add(feedEvery)
	f.until[id] = at
	if at.Before(f.next) {
		f.next = at
	}
}

// wait returns how long it is until the next look.
func (f *feeder) wait(now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.next.Sub(now)
}

// looked says that Feed looks now.
func (f *feeder) looked(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = now.Add(feedEvery)
}

// leave reports whether to leave an entry alone.
func (f *feeder) leave(id queue.ID, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, ok := f.until[id]
	if ok && !now.Before(at) {
		delete(f.until, id)
		return false
	}
	return ok
}

// Feed returns the Feed of runner.Options for a run over out. It moves the entries that are due
// from the retry queue to out, as Mailman's RetryRunner does, and returns when to call it again.
//
// RetryRunner looks every 15 minutes, and so does this.
func (d *Deliverer) Feed(out queue.Queue) func() (next time.Duration, err error) {
	return func() (time.Duration, error) {
		now := d.now()
		if next := d.feeder.wait(now); next > 0 {
			return next, nil
		}
		retry, err := d.o.Retry()
		if err != nil {
			return 0, err
		}
		d.feeder.looked(now)
		if retry != nil {
			if err := d.feed(retry, out, now); err != nil {
				return 0, err
			}
		}
		return d.feeder.wait(now), nil
	}
}

func (d *Deliverer) feed(retry, out queue.Queue, now time.Time) error {
	due, err := Due(retry, d.o.Slice, now)
	if err != nil {
		return err
	}
	due = slices.DeleteFunc(due, func(id queue.ID) bool { return d.feeder.leave(id, now) })
	// Entries that another process moves first are not errors.
	retry.Move(due, queue.MoveOptions{From: queue.Ready, To: out, Listed: true}, func(_ queue.Outcome, err error) {
		if err != nil {
			d.o.Report(err)
		}
	})
	return nil
}

// Due returns the entries of a slice of the retry queue that are due, oldest first: those
// whose deliver_after has passed, and those that have none. One that cannot be read is due, too:
// whoever claims it preserves it.
func Due(retry queue.Queue, slice queue.Slice, now time.Time) (due []queue.ID, err error) {
	for file, err := range retry.List(slice.Filter(), queue.Ready) {
		if err != nil {
			return nil, err
		}
		e, err := retry.Read(file.ID, queue.Ready)
		if e == nil {
			if errors.Is(err, queue.ErrState) || errors.Is(err, queue.ErrStray) {
				continue
			}
			return nil, err
		}
		is := true
		if e.Content != nil {
			after, _, _ := e.Content.Instant(message.DeliverAfterKey)
			is = !after.After(now)
		}
		if err := e.Close(); err != nil {
			return nil, err
		}
		if is {
			due = append(due, file.ID)
		}
	}
	return due, nil
}
