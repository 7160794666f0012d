package postgres

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

// Entry is an entry of a pg: queue, read without the commands.
type Entry struct {
	Queue, Base string
	State       queue.State
	Generation  int64
	// Raw are both pickles.
	Raw []byte
	// Held is what they say, if they can be read.
	harness.Held
	// Mirror are the count and the origin that SQL shows.
	Mirror struct {
		Restores int
		Origin   string
	}
}

// Path returns the entry's path, as the commands print it.
func (e Entry) Path() string {
	path := "pg:" + e.Queue + "/" + e.Base + e.State.Ext()
	if e.State == queue.InFlight {
		path += fmt.Sprintf("@%d", e.Generation)
	}
	return path
}

// states are the states by their number in the table.
var states = map[int]queue.State{1: queue.Ready, 2: queue.InFlight, 3: queue.Preserved}

// Entries reads all entries of all queues, in the order of their paths.
func (d *Database) Entries(tb testing.TB) []Entry {
	tb.Helper()
	rows, err := d.connect(tb).Query(context.Background(), `
		SELECT queue, base, state, generation, restores, coalesce(whichq, ''), message,
			array(SELECT chunk FROM switchboard.body WHERE entry = e.id ORDER BY n), metadata
		FROM switchboard.entry e`)
	if err != nil {
		tb.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e Entry, err error) {
		var state int
		var first, metadata []byte
		var chunks [][]byte
		err = row.Scan(&e.Queue, &e.Base, &state, &e.Generation, &e.Mirror.Restores, &e.Mirror.Origin, &first, &chunks, &metadata)
		e.State = states[state]
		e.Raw = slices.Concat(first, slices.Concat(chunks...), metadata)
		return e, err
	})
	if err != nil {
		tb.Fatal(err)
	}
	for i := range all {
		// What cannot be read is for the test to judge.
		all[i].Held, _ = harness.ReadContent(bytes.NewReader(all[i].Raw), int64(len(all[i].Raw)))
	}
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Path(), b.Path()) })
	return all
}

// connect returns a connection of the test's own.
func (d *Database) connect(tb testing.TB) *pgx.Conn {
	tb.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn == nil || d.conn.IsClosed() {
		var err error
		if d.conn, err = pgx.Connect(context.Background(), d.DSN()); err != nil {
			tb.Fatal(err)
		}
	}
	return d.conn
}

// Exec runs statements on the test's own connection, which is faster than SQL.
func (d *Database) Exec(tb testing.TB, text string) {
	tb.Helper()
	if _, err := d.connect(tb).Exec(context.Background(), text); err != nil {
		tb.Fatalf("%v\n%s", err, text)
	}
}

// tables returns the tables of the schema switchboard that hold what changes.
func (d *Database) tables(tb testing.TB) []string {
	tb.Helper()
	rows, err := d.connect(tb).Query(context.Background(), `
		SELECT relname FROM pg_class WHERE relnamespace = 'switchboard'::regnamespace AND relkind = 'r' AND relname <> 'version'`)
	if err != nil {
		tb.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(names) < 2 {
		tb.Fatalf("%v, %v", names, err)
	}
	return names
}

// Save remembers what is in the queues for Reset.
func (d *Database) Save(tb testing.TB) {
	tb.Helper()
	for _, table := range d.tables(tb) {
		d.Exec(tb, fmt.Sprintf("DROP TABLE IF EXISTS public.%[1]s; CREATE TABLE public.%[1]s AS TABLE switchboard.%[1]s", table))
	}
}

// Reset brings the queues back to what they were when Save was called. It waits for what
// lost connections are still at.
func (d *Database) Reset(tb testing.TB) {
	tb.Helper()
	names := d.tables(tb)
	// The order of the tables does not matter to a replica, which checks no foreign keys.
	var text strings.Builder
	text.WriteString("BEGIN; SET LOCAL session_replication_role = replica; TRUNCATE switchboard." + strings.Join(names, ", switchboard.") + ";")
	for _, table := range names {
		text.WriteString(fmt.Sprintf("INSERT INTO switchboard.%[1]s OVERRIDING SYSTEM VALUE SELECT * FROM public.%[1]s;", table))
	}
	d.Exec(tb, text.String()+"COMMIT")
}

// Settle waits until nobody else is connected to the database: until what a lost connection
// had asked for is done or given up.
func (d *Database) Settle(tb testing.TB) {
	tb.Helper()
	for range 6000 {
		var others int
		err := d.connect(tb).QueryRow(context.Background(), `
			SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`).Scan(&others)
		if err != nil {
			tb.Fatal(err)
		}
		if others == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	tb.Fatal("a lost connection is still at work")
}

// Clone stores a copy of the entry with a file base, under another one and with other content,
// which need not be that of an entry: all of it is the first chunk of the message.
func (d *Database) Clone(tb testing.TB, from, to string, content []byte) {
	tb.Helper()
	conn := d.connect(tb)
	rows, err := conn.Query(context.Background(), `
		SELECT attname FROM pg_attribute
		WHERE attrelid = 'switchboard.entry'::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''
			AND attname NOT IN ('base', 'size', 'message_size', 'message', 'metadata')`)
	if err != nil {
		tb.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		tb.Fatal(err)
	}
	columns := strings.Join(names, ", ")
	_, err = conn.Exec(context.Background(), `
		INSERT INTO switchboard.entry (base, size, message_size, message, metadata, `+columns+`)
		SELECT $2, length($3::bytea), length($3::bytea), $3::bytea, ''::bytea, `+columns+` FROM switchboard.entry WHERE base = $1`, from, to, content)
	if err != nil {
		tb.Fatal(err)
	}
}
