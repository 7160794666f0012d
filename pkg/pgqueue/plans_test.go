package pgqueue

import (
	"fmt"
	"strings"
	"testing"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// TestPlans checks that statements that know the numbers or the names of entries find them by
// these. In a deep queue of which nothing is in flight, the index of what is in flight looks
// shorter, but it has all that was in flight while somebody held a snapshot.
func TestPlans(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q := s.queueOf(t, "out", queue.Options{})
	put(t, q, 1)
	must(t, s.db.Do(t.Context(), false, server.Statement{SQL: `
		insert into switchboard.entry (queue, base, received, digest, message_size, size, message, metadata)
		select queue, base || g, received + g, digest, message_size, size, message, metadata
		from switchboard.entry, generate_series(1, 5000) g`}))
	must(t, s.db.Do(t.Context(), false, server.Statement{SQL: "analyze switchboard.entry"}))
	must(t, s.db.Read(t.Context(), func(tx *server.Tx) error {
		for name, sql := range map[string]string{
			"finishAll": finishAll, "requeueAll": requeueAll, "finishNamed": finishNamed, "requeueNamed": requeueNamed, "leaveAll": leaveAll, "noteClaim": noteClaim, "moveClaim": moveClaim,
			"movedClaim": movedClaim, "keepPreserved": keepPreserved, "letGo": letGo, "leavePreserved": leavePreserved,
			"moveReady": moveReady, "namedInFlight": namedInFlight, "splitClaim": splitClaim, "takeNamed": takeNamed,
			"claimOf": claimOf, "holderOf": holderOf, "changeAll": changeAll, "rowsByName": rowsByName,
		} {
			n := 0
			for strings.Contains(sql, fmt.Sprint("$", n+1)) {
				n++
			}
			nulls := strings.TrimSuffix(strings.Repeat("null, ", n), ", ")
			if err := tx.Script("prepare " + name + " as " + sql); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			var plan strings.Builder
			err := tx.Each(func(r server.Row) error {
				var line string
				err := r.Scan(&line)
				plan.WriteString(line + "\n")
				return err
			}, "explain execute "+name+"("+nulls+")")
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			for _, index := range []string{"entry_ready", "entry_inflight", "entry_preserved", "Seq Scan on entry"} {
				if strings.Contains(plan.String(), index) {
					t.Errorf("%s uses %s:\n%s", name, index, &plan)
				}
			}
		}
		return nil
	}))
}
