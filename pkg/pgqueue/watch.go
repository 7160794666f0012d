package pgqueue

import (
	"context"
	"strings"
	"time"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// channel is what waiters listen on. The payload is the name of a queue, with early behind it
// if an entry became ready that may be older than others.
const (
	channel = "switchboard"
	early   = "<"
)

// wakes returns the statement that wakes those who wait for entries of a queue. It is part of
// each transaction that makes entries ready there, but comes into force after it.
func wakes(name string, older bool) server.Statement {
	if older {
		name += early
	}
	return server.Notify(channel, name)
}

const (
	// lookEvery is the longest that Wait relies on a notification.
	lookEvery = 5 * time.Second
	// wakeEvery is the shortest time between the ends of two Waits, so that a queue with a
	// thousand new entries per second does not wake each idle worker as often.
	wakeEvery = 20 * time.Millisecond
)

// watch is the Watch of a queue. It listens on a connection of its own.
type watch struct {
	q        *Queue
	listener *server.Listener
	woken    time.Time
}

// Watch starts to watch for entries that become ready.
func (q *Queue) Watch() queue.Watch {
	w := &watch{q: q}
	ctx, cancel := context.WithTimeout(context.Background(), q.server.timeout)
	defer cancel()
	// If this fails, Wait tries again, and until then looks every few seconds.
	w.listen(ctx)
	return w
}

func (w *watch) listen(ctx context.Context) {
	if l, err := w.q.server.db.Listen(ctx, channel); err == nil {
		w.listener = l
	}
}

// Wait waits for a notification about the queue, at most for lookEvery. If the connection was
// lost, entries may have come unnoticed, so that Wait returns when it listens again.
func (w *watch) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wakeEvery - time.Since(w.woken)):
	}
	defer func() { w.woken = time.Now() }()
	for end := time.Now().Add(lookEvery); ; {
		left := time.Until(end)
		if left <= 0 {
			return ctx.Err()
		}
		if w.listener == nil {
			if w.listen(ctx); w.listener != nil {
				return ctx.Err()
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(min(left, time.Second)):
			}
			continue
		}
		heard, err := w.listener.Wait(ctx, left)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			w.listener.Close()
			w.listener = nil
			continue
		}
		if w.concerned(heard) {
			return nil
		}
	}
}

// concerned reports whether notifications are about the queue.
func (w *watch) concerned(heard []string) (mine bool) {
	for _, payload := range heard {
		name, older := strings.CutSuffix(payload, early)
		if name != w.q.name {
			continue
		}
		mine = true
		if older {
			w.q.bound.forget()
		}
	}
	return mine
}

func (w *watch) Close() error {
	if w.listener != nil {
		w.listener.Close()
	}
	return nil
}
