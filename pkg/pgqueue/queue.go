package pgqueue

import (
	"errors"
	"os"
	"time"

	"switchboard/pkg/queue"
)

// Queue is a queue in a database.
type Queue struct {
	server *Server
	name   string
	opt    queue.Options
	// bound says where the search for the oldest entry begins, by the clock now.
	bound bound
	now   func() time.Time
	// leases is nil if claims have no leases.
	leases *leases
}

var _ queue.Remote = (*Queue)(nil)

// Queue opens the queue of that name. It need not have any entry.
func (s *Server) Queue(name string, o queue.Options) (*Queue, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	return &Queue{server: s, name: name, opt: o, now: time.Now}, nil
}

// Check does nothing: a table holds no files of others.
func (q *Queue) Check(func(name string) bool) error { return nil }

// LockSlice does nothing: many workers share a slice.
func (q *Queue) LockSlice(queue.Slice, bool) error { return nil }

// LockSliceOf does nothing: a lease protects what another worker does.
func (q *Queue) LockSliceOf(queue.ID, queue.State) error { return nil }

// CreateUnnamed fails: a table has no room for files.
func (q *Queue) CreateUnnamed() (*os.File, error) {
	return nil, &queue.Error{Path: q.Path(), Err: errors.ErrUnsupported}
}

// Close ends the extending of leases. It does not close the [Server].
func (q *Queue) Close() error {
	if q.leases != nil {
		q.leases.close()
	}
	return nil
}
