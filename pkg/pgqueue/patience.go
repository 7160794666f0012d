package pgqueue

import (
	"context"
	"errors"
	"time"

	"switchboard/pkg/pgqueue/internal/server"
)

// Pauses between tries.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second
)

// patiently runs f until it does not fail, or fails in a way that another try would not
// change, or the timeout is over. It repeats f only if f certainly changed nothing. A failover
// takes some seconds, in which nobody should see an error.
func (s *Server) patiently(f func(context.Context) error) error {
	return s.repeat(f, changedNothing)
}

// stubbornly also repeats f if nobody knows whether it changed something: f must make no
// difference if it is repeated.
func (s *Server) stubbornly(f func(context.Context) error) error {
	return s.repeat(f, changedNothingOrUnknown)
}

// untilLost repeats f as stubbornly does, but until the lease has ended. Once the process was
// told to stop, it has only the timeout: whoever waits for that would kill it.
func (s *Server) untilLost(l *lease, f func(context.Context) error) error {
	if l == nil {
		return s.stubbornly(f)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer l.whenLost(cancel)()
	defer context.AfterFunc(s.told, func() { time.AfterFunc(s.timeout, cancel) })()
	err := repeat(ctx, f, changedNothingOrUnknown)
	if l.isLost() && changedNothing(err) {
		err = tooLate{err}
	}
	return err
}

// tooLate is the error of a try that lasted until the lease ended. Its own text would say that
// the try was interrupted, and not why.
type tooLate struct{ error }

func (e tooLate) Error() string { return "its lease ended before the server answered" }
func (e tooLate) Unwrap() error { return e.error }

func changedNothing(err error) bool {
	return errors.Is(err, server.ErrUnreachable) || errors.Is(err, server.ErrBusy)
}

func changedNothingOrUnknown(err error) bool {
	return changedNothing(err) || errors.Is(err, server.ErrUnknown)
}

func (s *Server) repeat(f func(context.Context) error, again func(error) bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.timeout)
	defer cancel()
	return repeat(ctx, f, again)
}

// repeat gives up with the error of the last try. If that one changed nothing but an earlier one
// may have, it is the error of the earlier one.
func repeat(ctx context.Context, f func(context.Context) error, again func(error) bool) error {
	var unknown error
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := f(ctx)
		if err == nil || !again(err) {
			return err
		}
		if errors.Is(err, server.ErrUnknown) {
			unknown = err
		} else if unknown != nil {
			err = unknown
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
		if ctx.Err() != nil {
			return err
		}
	}
}

// look runs statements that change nothing. They are run again if the connection is lost, so
// what their functions do with a row must be the same the second time.
func (s *Server) look(statements ...server.Statement) error {
	return s.patiently(func(ctx context.Context) error { return s.db.Look(ctx, statements...) })
}

// lookFor runs a statement that changes nothing, and returns what read makes of each row.
func lookFor[T any](s *Server, sql string, args []any, read func(server.Row) (T, error)) ([]T, error) {
	var all []T
	err := s.patiently(func(ctx context.Context) error {
		all = all[:0] // the connection may have been lost after some rows
		return s.db.Look(ctx, server.Statement{SQL: sql, Args: args, Row: func(r server.Row) error {
			one, err := read(r)
			all = append(all, one)
			return err
		}})
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}
