package pgqueue

import (
	"testing"
	"time"

	"switchboard/pkg/queue"
)

// TestForget checks that a name is forgotten once it has not been needed for as long as it is
// kept, but not while its entry is in the queue.
func TestForget(t *testing.T) {
	t.Parallel()
	d := database(t)
	s := open(t, d, func(c *Config) { c.Keep = time.Hour })
	q := s.queueOf(t, "in", queue.Options{})
	for n := range 3 {
		_, err := storeText(t, q, queue.Metadata{ID: testID(n)}, textOf(n))
		must(t, err)
	}
	names := func() string {
		return d.SQL(t, "select string_agg(message::text, '' order by base) from switchboard.named")
	}
	sums := func(ids ...int) (all string) {
		for _, n := range ids {
			all += d.SQL(t, "select message::text from switchboard.named where base = '"+testID(n).String()+"'")
		}
		return all
	}
	all, left := names(), sums(0, 2)
	c, err := q.Dequeue(testID(1))
	must(t, err)
	must(t, c.Finish())
	if s.forget(); names() != all {
		t.Fatal("a name was forgotten at once")
	}
	// All are old. Entry 1 is finished, the others are in the queue.
	d.SQL(t, "update switchboard.named set at = at - interval '2 hours'")
	if _, err := storeText(t, q, queue.Metadata{ID: testID(0)}, textOf(0)); err != nil {
		t.Error(err)
	}
	if got := names(); got != left {
		t.Errorf("%s is noted, not %s", got, left)
	}
	if old := d.SQL(t, "select count(*) from switchboard.named where at < now() - interval '1 hour'"); old != "0" {
		t.Errorf("%s names of entries in the queue would be looked at again", old)
	}
}
