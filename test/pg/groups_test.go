package pg

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/test/harness/postgres"
)

// TestGroups counts what commands ask the server for about entries that standard input names: it
// is the same for many as for few.
func TestGroups(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	p := postgres.StartProxy(t, w.db.Server, nil)
	w.env = []string{"SWITCHBOARD_PG=" + p.DSN(w.db)}
	messages := []string{"pg:in"}
	for i := range 40 {
		name := fmt.Sprintf("msg%d", i)
		if err := os.WriteFile(filepath.Join(w.dir, name), fmt.Appendf(nil, "Subject: %d\n\ntext\n", i), 0o644); err != nil {
			t.Fatal(err)
		}
		messages = append(messages, name)
	}
	for _, test := range []struct {
		args    []string
		claimed bool
	}{
		{[]string{"qfinish", "-"}, true},
		{[]string{"qfinish", "--requeue", "-"}, true},
		{[]string{"qfinish", "--preserve", "-"}, true},
		{[]string{"qrestore", "-"}, true},
		{[]string{"qmove", "--to", "hold", "-"}, false},
		{[]string{"qdiscard", "-"}, false},
		{[]string{"qdequeue", "-"}, false},
	} {
		var counts []int
		for _, n := range []int{2, 40} {
			paths := w.run(t, 0, "qenqueue", messages[:n+1]...).Out
			if test.claimed {
				paths = w.run(t, 0, "qdequeue", "-a", "pg:in").Out
			}
			p.Decide(nil)
			w.runWith(t, paths, 0, test.args[0], test.args[1:]...)
			requests := 0
			for _, m := range p.Messages() {
				if m.Kind == "Sync" || m.Kind == "Query" {
					requests++
				}
			}
			counts = append(counts, requests)
			w.db.Exec(t, "TRUNCATE switchboard.entry, switchboard.body")
		}
		if counts[0] != counts[1] {
			t.Errorf("%s asks %d times for 2 entries, and %d times for 40", strings.Join(test.args, " "), counts[0], counts[1])
		}
	}
}
