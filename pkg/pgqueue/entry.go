package pgqueue

import (
	"io/fs"
	"strings"
	"time"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// The columns of an entry of which a command knows the name and the state.
const (
	statOnly  = "select id, generation, message_size, size, stored_at, changed_at"
	ofEntry   = " from switchboard.entry where queue = $1 and base = $2 and state = $3"
	statEntry = statOnly + ofEntry
	readEntry = statOnly + ", substring(message for 65536), metadata" + ofEntry
)

// stat is what is known of an entry that was not read.
type stat struct {
	number, generation int64
	messageSize, size  int64
	stored, changed    time.Time
}

func (s *stat) columns() []any {
	return []any{&s.number, &s.generation, &s.messageSize, &s.size, &s.stored, &s.changed}
}

func (s *stat) info() queue.Info { return queue.NewInfo(s.size, s.stored, s.changed) }

// find runs statEntry or readEntry, whose further columns more gets.
func (q *Queue) find(sql string, id queue.ID, s queue.State, more ...any) (stat, error) {
	var found stat
	there := false
	err := q.server.look(server.Statement{
		SQL: sql, Args: []any{q.name, id.String(), int64(s)},
		Row: func(r server.Row) error {
			there = true
			return r.Scan(append(found.columns(), more...)...)
		},
	})
	if err == nil && !there {
		err = missing(s)
	}
	return found, failed(q.EntryPath(id, s), err)
}

// Look checks that there is an entry in state s. The error is [queue.ErrState] if there is none.
func (q *Queue) Look(id queue.ID, s queue.State) error {
	_, err := q.find(statEntry, id, s)
	return err
}

// Has reports whether there is an entry in state s.
func (q *Queue) Has(id queue.ID, s queue.State) bool { return q.Look(id, s) == nil }

// Stat returns the Info of an entry: when it was stored, and when it last changed.
func (q *Queue) Stat(id queue.ID, s queue.State) (queue.Info, error) {
	found, err := q.find(statEntry, id, s)
	if err != nil {
		return queue.Info{}, err
	}
	return found.info(), nil
}

// Read reads an entry. Its message is fetched when it is read, and may be gone by then.
func (q *Queue) Read(id queue.ID, s queue.State) (*queue.Entry, error) {
	var head, metadata []byte
	found, err := q.find(readEntry, id, s, &head, &metadata)
	if err != nil {
		return nil, err
	}
	path := q.EntryPath(id, s)
	if s == queue.InFlight {
		path = q.claimPath(id, found.generation)
	}
	return queue.NewEntry(path, id, s, found.info(), newBody(q.server, found.number, found.messageSize, head, metadata))
}

// Twin returns "": a move within the database is not interrupted, and one from or to another
// kind of queue leaves the entry in flight.
func (q *Queue) Twin(*queue.Entry) (path string, err error) { return "", nil }

// ReadFile reads the entry whose name in a directory would be name, perhaps with a generation.
// There are no other files.
func (q *Queue) ReadFile(name string) (*queue.Entry, error) {
	file, _, _ := strings.Cut(name, "@")
	id, s := queue.SplitName(file)
	if s == queue.Stray {
		return nil, &queue.Error{Path: q.Join(name), Err: fs.ErrNotExist}
	}
	return q.Read(id, s)
}

// Join returns the path of the entry that has that name in a listing.
func (q *Queue) Join(name string) string { return q.Path() + "/" + name }

// Info returns nothing: a queue is not a file.
func (q *Queue) Info() (queue.Info, error) { return queue.NewInfo(0, time.Time{}, time.Time{}), nil }
