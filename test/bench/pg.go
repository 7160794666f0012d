package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"switchboard/pkg/pgqueue"
	"switchboard/pkg/queue"
	"switchboard/test/harness/postgres"
)

// pgServer is a private PostgreSQL. Its data are in memory: a disk would hide what we cost.
type pgServer struct {
	*postgres.Server
	// pgbench is the path of the program that comes with it.
	pgbench string
}

// pg measures pg: queues, beside the same statements sent by PostgreSQL's own pgbench.
func (b *bench) pg() {
	programs, err := postgres.Programs()
	if err != nil {
		log.Printf("SKIP: no PostgreSQL to measure pg: queues with (Debian: apt-get install postgresql): %v", err)
		return
	}
	s := pgServer{pgbench: filepath.Join(programs, "pgbench")}
	if _, err := os.Stat(s.pgbench); err != nil {
		log.Printf("SKIP: no pgbench to compare pg: queues with: %v", err)
		return
	}
	s.Server, err = postgres.New(postgres.Memory, "shared_buffers=256MB")
	check(err)
	defer s.Close()
	b.pgDepth(s)
	b.pgRates(s)
	b.pgGroups(s)
	b.pgSnapshot(s)
	b.pgMemory(s)
}

// pgDatabase is a database with the tables of pg: queues.
type pgDatabase struct{ *postgres.Database }

// database makes a database. The commands use it from now on.
func (b *bench) database(s pgServer) pgDatabase {
	d, err := s.NewDatabase()
	check(err)
	made := pgDatabase{d}
	made.use()
	b.command("", b.q("switchboard-pg"), "init")
	return made
}

// use has the commands use the database.
func (d pgDatabase) use() { check(os.Setenv("SWITCHBOARD_PG", d.DSN())) }

// sql runs statements, and returns the rows of the answer.
func (d pgDatabase) sql(text string) string {
	rows, err := d.Rows(text)
	check(err)
	return rows
}

// pattern stores a message of size bytes, which fill copies.
func (b *bench) pattern(d pgDatabase, size int) {
	d.use()
	b.command(mail(1, size), b.q("qenqueue"), "pg:pattern")
}

// fill empties the queue out, and stores n copies of the pattern there, with increasing times.
func (d pgDatabase) fill(n int) {
	d.sql("delete from switchboard.entry where queue = 'out'")
	d.sql("vacuum analyze switchboard.entry")
	d.sql(fmt.Sprintf(`
		insert into switchboard.entry (queue, base, received, digest, message_size, size, message, metadata)
		select 'out', 1700000000 + g || '.5+' || encode(d, 'hex'), 1700000000.5 + g, d, message_size, size, message, metadata
		from switchboard.entry, generate_series(1, %d) g, substring(sha256(g::text::bytea) for 20) d
		where queue = 'pattern'`, n))
	d.sql("vacuum analyze switchboard.entry")
}

// back makes all claims of the queue ready again.
func (d pgDatabase) back() {
	d.sql("update switchboard.entry set state = 1, lease_until = null, claimed_at = null, claimed_by = null where state = 2")
}

// open connects a worker of its own to the queue out.
func (d pgDatabase) open() (q *pgqueue.Queue, close func()) {
	s, err := pgqueue.Open(context.Background(), pgqueue.Config{DSN: d.DSN(), Connections: 1})
	check(err)
	q, err = s.Queue("out", queue.Options{})
	check(err)
	return q, func() {
		q.Close()
		s.Close()
	}
}

// openBoth connects a worker to each of two databases. The first connection of a process is faster
// than the others, because it alone waits without Go's poller. Here nobody uses that one, so that
// the two workers are alike.
func openBoth(databases [2]pgDatabase) (workers [2]*pgqueue.Queue, close func()) {
	_, unused := databases[0].open()
	closes := []func(){unused}
	for i, d := range databases {
		q, close := d.open()
		workers[i], closes = q, append(closes, close)
	}
	return workers, func() {
		for _, close := range closes {
			close()
		}
	}
}

// finishSome claims and finishes n entries, one after the other.
func finishSome(q *pgqueue.Queue, n int) {
	for c, err := range q.Claims(queue.Slice{}, 1) {
		check(err)
		check(c.Finish())
		if n--; n == 0 {
			check(q.Sync())
			return
		}
	}
	log.Panicf("the queue is empty, and %d are still to be claimed", n)
}

// storeSome stores n messages, one after the other.
func storeSome(q *pgqueue.Queue, text string, n int) {
	b := q.NewBatch(func(string) error { return nil })
	for range n {
		store(b, text)
		check(b.Flush())
	}
}

func store(b queue.Batch, text string) {
	p, err := b.Create(queue.Metadata{})
	check(err)
	_, err = p.Write([]byte(text))
	check(err)
	check(p.Commit())
}
