package pgqueue

import (
	"strings"
	"sync/atomic"
	"testing"

	"switchboard/pkg/queue"
	"switchboard/test/harness/postgres"
)

// TestListAgain checks that a listing whose connection is lost after some rows has each entry
// once.
func TestListAgain(t *testing.T) {
	t.Parallel()
	d := database(t)
	q := open(t, d).queueOf(t, "in", queue.Options{})
	ids := put(t, q, 0, 1, 2)
	var rows atomic.Int32
	p := postgres.StartProxy(t, postgres.Shared(t), func(m postgres.Message) postgres.Fate {
		if m.Kind == "DataRow" && strings.Contains(string(m.Data), "+") && rows.Add(1) == 2 {
			return postgres.CutAfter
		}
		return postgres.Pass
	})
	q = open(t, d, func(c *Config) { c.DSN = p.DSN(d) }).queueOf(t, "in", queue.Options{})
	n := 0
	for f, err := range q.Each() {
		must(t, err)
		if n < len(ids) && f.ID != ids[n] {
			t.Errorf("entry %d is %s", n, f.ID)
		}
		n++
	}
	if n != len(ids) || rows.Load() < 2+int32(len(ids)) {
		t.Errorf("%d entries, %d rows", n, rows.Load())
	}
}
