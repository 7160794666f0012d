package pg

import (
	"os"
	"path/filepath"
	"testing"

	"switchboard/pkg/pgqueue"
	"switchboard/pkg/queue"
	"switchboard/test/harness/postgres"
)

// kind is one of the two kinds of queue.
type kind interface {
	// open opens a queue by its name. Claims of a queue that holds are protected from
	// restores until they are closed.
	open(tb tester, name string, o queue.Options, holds bool) queue.Queue
	// of returns the queue in which an entry in flight can be named.
	of(tb tester, q queue.Queue, id queue.ID) queue.Queue
	// release ends what protects a claim that was closed.
	release(tb tester)
}

// tester is a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

func check(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// directories are queues of files.
type directories struct{ root string }

func (d directories) open(t tester, name string, o queue.Options, _ bool) queue.Queue {
	t.Helper()
	path := filepath.Join(d.root, name)
	check(t, os.MkdirAll(path, 0o770))
	q, err := queue.Open(path, o)
	check(t, err)
	return q
}

func (d directories) of(_ tester, q queue.Queue, _ queue.ID) queue.Queue { return q }
func (d directories) release(tester)                                     {}

// tables are queues in a database.
type tables struct {
	db     *postgres.Database
	server *pgqueue.Server
	tb     testing.TB
}

func (d tables) open(t tester, name string, o queue.Options, holds bool) queue.Queue {
	t.Helper()
	q, err := d.server.Queue(name, o)
	check(t, err)
	if holds {
		q.HoldLeases()
	}
	return q
}

func (d tables) of(t tester, q queue.Queue, id queue.ID) queue.Queue {
	t.Helper()
	for _, e := range d.db.Entries(d.tb) {
		if e.Base == id.String() && "pg:"+e.Queue == q.Path() && e.State == queue.InFlight {
			return q.(*pgqueue.Queue).View(id, e.Generation)
		}
	}
	return q.(*pgqueue.Queue).View(id, 1<<60)
}

func (d tables) release(tester) {
	d.db.Exec(d.tb, "UPDATE switchboard.entry SET lease_until = NULL")
}

// configuration returns the configuration of a database.
func configuration(db *postgres.Database) (c pgqueue.Config) {
	c.DSN = db.DSN()
	return c
}
