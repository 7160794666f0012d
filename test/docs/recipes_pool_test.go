package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// poolRecipes has what each recipe for queues in PostgreSQL does, by its title.
var poolRecipes = map[string]pageRecipe{
	"Hand a Mailman's outgoing mail to the pool": {
		before: alone, pool: has("out", "out", every), becomes: gone("out", every),
		check: func(t *testing.T, s site, r harness.Result) {
			shows(t, r, "\npg:out/", len(s.of("out", every)))
		},
	},
	"Relay what this machine takes in": {
		pool: has("in", "in", every), becomes: gone("in", every),
		check: func(t *testing.T, s site, r harness.Result) {
			shows(t, r, "\npg:in/", len(s.of("in", every)))
		},
	},
	"Run a worker, one of many": {queues: []string{"in"}, pool: nothing, check: anything,
		after: func(t *testing.T, s site) {
			handled, err := os.ReadFile(filepath.Join(s.home(), "handled"))
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(handled), "Subject:"); n < len(s.sorted("in")) {
				t.Errorf("%d were handled, want %d", n, len(s.sorted("in")))
			}
		},
	},
	"Send from every machine": {queues: []string{"out"}, before: alone, pool: nothing,
		check: func(t *testing.T, s site, r harness.Result) {
			if n := len(s.server.Mails()); n != len(s.of("out", every)) {
				t.Errorf("%d messages were sent", n)
			}
		},
	},
	"See what the pool has to do": {queues: []string{"in", "out"}, pool: func(s site) map[string]int {
		return map[string]int{"in": len(s.sorted("in")), "out": len(s.sorted("out"))}
	}, check: func(t *testing.T, s site, r harness.Result) {
		for queue, want := range map[string]int{"in": len(s.sorted("in")), "out": len(s.sorted("out")), "shunt": 0, "bad": 0} {
			if f := strings.Split(lineOf(r.Out, "pg:"+queue), "\t"); f[0] != decimal(want) {
				t.Errorf("pg:%s has %q", queue, f)
			}
		}
	}},
	"Hold what one sender has waiting there": {queues: []string{"out"}, before: alone, pool: func(s site) map[string]int {
		n := len(s.of("out", by(spammer)))
		return map[string]int{"out": len(s.of("out", every)) - n, "hold": n}
	}, check: func(t *testing.T, s site, r harness.Result) {
		shows(t, r, "\npg:hold/", len(s.of("out", by(spammer))))
	}},
	"Restore what dead scripts left in flight there": {
		queues: []string{"in"}, claimed: true, pool: has("in", "in", isIn(".pck")), status: 75, says: "claimed too recently",
	},
	"Bring the pool's outgoing mail back to a Mailman": {
		queues: []string{"out"}, before: alone, pool: nothing, anywhere: true,
		check: func(t *testing.T, s site, r harness.Result) {
			shows(t, r, "\n"+filepath.Join(s.dir, "out"), len(s.of("out", every)))
			if n := len(s.names(t, "out", ".pck")); n != 2*len(s.of("out", every)) {
				t.Errorf("out has %d entries", n)
			}
		},
	},
	"Copy the pool's messages to a mailbox": {
		queues: []string{"out"}, before: alone, pool: has("out", "out", every), silent: true,
		after: func(t *testing.T, s site) {
			mails, err := os.ReadFile(filepath.Join(s.home(), "pool.mbox"))
			if err != nil {
				t.Fatal(err)
			}
			shows(t, harness.Result{Out: string(mails)}, "\nFrom ", len(s.of("out", every)))
		},
	},
}

// has is for recipes after which a queue of the database has the entries that a queue of the
// site had.
func has(queue, of string, ok func(mail) bool) func(site) map[string]int {
	return func(s site) map[string]int { return map[string]int{queue: len(s.of(of, ok))} }
}

// nothing is for recipes after which the database is empty.
func nothing(site) map[string]int { return map[string]int{} }
