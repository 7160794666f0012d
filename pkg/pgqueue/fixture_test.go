package pgqueue

import (
	"crypto/sha1"
	"fmt"
	"strings"
	"sync"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/pgqueue/internal/schema"
	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
)

func TestMain(m *testing.M) { harness.Main(m, postgres.Begin) }

// initialised is the database that those of the tests are copies of.
var initialised struct {
	sync.Once
	*postgres.Database
	err error
}

// database returns a database with empty tables.
func database(t testing.TB) *postgres.Database {
	t.Helper()
	shared := postgres.Shared(t)
	initialised.Do(func() {
		if initialised.Database, initialised.err = shared.NewDatabase(); initialised.err != nil {
			return
		}
		var s *server.Server
		if s, initialised.err = server.Open(t.Context(), server.Config{DSN: initialised.DSN()}); initialised.err == nil {
			_, initialised.err = schema.Init(t.Context(), s)
			s.Close()
		}
	})
	if initialised.err != nil {
		t.Fatal(initialised.err)
	}
	return initialised.Copy(t)
}

// open opens a database.
func open(t testing.TB, d *postgres.Database, configure ...func(*Config)) *Server {
	t.Helper()
	c := Config{}
	c.DSN = d.DSN()
	for _, f := range configure {
		f(&c)
	}
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// queueOf opens a queue.
func (s *Server) queueOf(t testing.TB, name string, o queue.Options) *Queue {
	t.Helper()
	q, err := s.Queue(name, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	return q
}

// testID returns the file base of entry n of the tests. Entries are in the order of n.
func testID(n int) queue.ID {
	return queue.NewID(1700000000+float64(n)/100, sha1.Sum(fmt.Append(nil, n)))
}

func textOf(n int) string { return fmt.Sprintf("Subject: %d\n\nmessage %d\n", n, n) }

// put stores ready entries with these numbers.
func put(t testing.TB, q *Queue, numbers ...int) (ids []queue.ID) {
	t.Helper()
	var statements []server.Statement
	for _, n := range numbers {
		text := textOf(n)
		pickle, err := message.Mailman2.TextPrefix(int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		pickle = append(message.Mailman2.AppendText(pickle, []byte(text)), message.Mailman2.TextSuffix()...)
		metadata, err := message.Mailman2.AppendMetadata(nil, []message.Item{{Key: "_parsemsg", Value: true}, {Key: "listname", Value: "test"}})
		if err != nil {
			t.Fatal(err)
		}
		statements = append(statements, insertion(q, testID(n), pickle, metadata))
		ids = append(ids, testID(n))
	}
	if err := q.server.db.Do(t.Context(), false, statements...); err != nil {
		t.Fatal(err)
	}
	return ids
}

// insertion stores an entry with any bytes.
func insertion(q *Queue, id queue.ID, pickle, metadata []byte) server.Statement {
	digest := id.Digest()
	return server.Statement{
		SQL: `insert into switchboard.entry (queue, base, received, digest, message_size, size, message, metadata)
			values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		Args: []any{q.name, id.String(), id.Seconds(), digest[:], len(pickle), len(pickle) + len(metadata), pickle, metadata},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mail returns the text of a claim's message.
func mail(t testing.TB, c *queue.Claim) string {
	t.Helper()
	var b strings.Builder
	must(t, c.Content.WriteMessage(&b))
	return b.String()
}

// number returns n of testID(n).
func number(id queue.ID) int { return int((id.Seconds()-1700000000)*100 + 0.5) }

// claimSome claims up to n entries in one use of Claims and returns their numbers.
func claimSome(t testing.TB, q *Queue, n int) (claims []*queue.Claim) {
	t.Helper()
	if n == 0 {
		return nil
	}
	for c, err := range q.Claims(queue.Slice{}, n) {
		must(t, err)
		if claims = append(claims, c); len(claims) == n {
			break
		}
	}
	return claims
}

// order returns the numbers of claims, separated by spaces.
func order(claims []*queue.Claim) string {
	var all []string
	for _, c := range claims {
		all = append(all, fmt.Sprint(number(c.ID)))
	}
	return strings.Join(all, " ")
}

// rows returns what the database has: the number, state and restores of each entry.
func rows(t testing.TB, q *Queue) string {
	t.Helper()
	var all []string
	must(t, q.server.db.Look(t.Context(), server.Statement{
		SQL: "select queue, base, state, restores from switchboard.entry order by queue, received",
		Row: func(r server.Row) error {
			var name, base string
			var state, restores int
			if err := r.Scan(&name, &base, &state, &restores); err != nil {
				return err
			}
			id, err := queue.ParseID(base)
			all = append(all, fmt.Sprintf("%s/%d%s:%d", name, number(id), queue.State(state).Ext(), restores))
			return err
		},
	}))
	return strings.Join(all, " ")
}
