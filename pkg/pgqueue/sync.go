package pgqueue

import (
	"context"
	"errors"
	"sync"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// Sync makes durable what Finish and Requeue of claims have done so far.
func (q *Queue) Sync() error { return failed(q.Path(), q.server.sync()) }

// StartSync starts to do what Sync does, and does not wait for the server.
func (q *Queue) StartSync() (wait func() error) {
	done := make(chan error, 1)
	go func() { done <- failed(q.Path(), q.server.sync()) }()
	return sync.OnceValue(func() error { return <-done })
}

// unsynced has the claims that were ended and are not durable.
type unsynced struct {
	// syncing keeps syncs apart: one must not return before what an earlier one began to make
	// durable is.
	syncing sync.Mutex

	mu  sync.Mutex
	all []ended
}

func (u *unsynced) add(all ...ended) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.all = append(u.all, all...)
}

func (u *unsynced) take() []ended {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := u.all
	u.all = nil
	return all
}

// sync makes durable that claims were ended. They were committed without waiting for a disk.
// If the server crashed since, or another one took over, they may be forgotten. They are then
// ended once more: that makes no difference to those that were not forgotten, because no other
// claim has their generations.
func (s *Server) sync() error {
	s.unsynced.syncing.Lock()
	defer s.unsynced.syncing.Unlock()
	all := s.unsynced.take()
	if all == nil {
		return nil
	}
	forgotten := false
	err := s.stubbornly(func(ctx context.Context) error {
		if !forgotten {
			err := s.db.Sync(ctx)
			if forgotten = errors.Is(err, server.ErrForgotten); !forgotten {
				return err
			}
		}
		return s.db.Do(ctx, true, endAgain(all)...)
	})
	if err != nil {
		s.unsynced.add(all...)
	}
	if changedNothing(err) {
		return notDurable{err}
	}
	return err
}

// notDurable is the [queue.ErrUnknown] of a sync that did nothing: the claims were ended, and may
// be forgotten.
type notDurable struct{ cause error }

func (e notDurable) Error() string {
	return "what was done may not be durable: " + e.cause.Error()
}
func (e notDurable) Is(target error) bool { return target == queue.ErrUnknown }

// logged writes something to the server's log. The commit of a transaction that writes nothing
// waits for nothing, and proves nothing about others.
const logged = "select pg_logical_emit_message(true, 'switchboard', '')"

// endAgain returns the statements that end claims once more.
func endAgain(all []ended) []server.Statement {
	var numbers, generations [2][]int64
	for _, e := range all {
		i := 0
		if e.finished {
			i = 1
		}
		numbers[i], generations[i] = append(numbers[i], e.number), append(generations[i], e.generation)
	}
	statements := []server.Statement{{SQL: logged}}
	for i, sql := range []string{requeueAll, finishAll} {
		if numbers[i] != nil {
			statements = append(statements, server.Statement{SQL: sql, Args: []any{numbers[i], generations[i]}})
		}
	}
	return statements
}
