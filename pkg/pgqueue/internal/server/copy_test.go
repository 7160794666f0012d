package server_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/test/harness/postgres"
)

// TestCopy checks that rows come to the table whole or not at all: a value that ends early is
// the caller's error, not the server's, and the connection can be used again.
func TestCopy(t *testing.T) {
	t.Parallel()
	d := postgres.Shared(t).Database(t)
	d.SQL(t, "create table t (a bigint, n integer, b bytea)")
	s := open(t, d, server.Config{Connections: 1})
	const statement = "copy public.t (a, n, b) from stdin (format binary)"
	section := func(size int64) *io.SectionReader {
		return io.NewSectionReader(strings.NewReader("0123456789"), 2, size)
	}
	for _, test := range []struct {
		rows [][]any
		want error
		text string
	}{
		{[][]any{{int64(1), int32(1), section(3)}, {int64(1), int32(2), section(11)}}, io.ErrUnexpectedEOF, ""},
		{[][]any{{int64(1), int32(1), "text"}}, nil, "a column of COPY is string"},
		{[][]any{{int64(1), int32(1)}}, server.ErrStatement, ""},
		{[][]any{{int64(1 << 40), int32(-1), section(8)}, {int64(2), int32(2), section(0)}}, nil, ""},
	} {
		err := s.Write(t.Context(), true, func(tx *server.Tx) error { return tx.Copy(statement, test.rows...) })
		if !errors.Is(err, test.want) && (test.text == "" || !strings.Contains(err.Error(), test.text)) {
			t.Errorf("%v, not %v", err, test.want)
		}
	}
	if got := d.SQL(t, "select a, n, encode(b, 'escape') from t order by a"); got != "2|2|\n1099511627776|-1|23456789" {
		t.Errorf("the table has %q", got)
	}
}
