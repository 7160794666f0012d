package kill

import (
	"strings"
	"testing"

	"switchboard/test/harness"
)

// TestJudge checks that the judge of TestStop finds what is wrong, and accepts what is right.
func TestJudge(t *testing.T) {
	t.Parallel()
	one := func(o ...outcome) []outcome { return o }
	type command func(*world) *task
	of := func(name string, args func(*world) []string) command {
		return func(w *world) *task { return w.taskOf(&scenario{command: name}, args(w)) }
	}
	named := func(w *world) []string { return []string{w.path(0, place{"in", ""})} }
	qstat, qrestore, qrun := of("qstat", in()), of("qrestore", in()), of("qrun", handler("true"))
	qdequeue, qfinish, qdiscard := of("qdequeue", named), of("qfinish", named), of("qdiscard", named)
	for _, c := range []struct {
		name          string
		first, second command
		places        [4][]outcome
		locked        bool
		// mine and theirs are the statuses, and claims say who printed a claim.
		mine, theirs int
		claims       [2]bool
		wrong        string
	}{
		{"one claims", qdequeue, qdequeue, [4][]outcome{one(at(ready, 0)), one(at(ready, 0)), one(claim), one(claim)}, false, 1, 0, [2]bool{false, true}, ""},
		{"both claim", qdequeue, qdequeue, [4][]outcome{one(at(ready, 0)), one(at(ready, 0)), one(claim), one(claim)}, false, 0, 0, [2]bool{true, true}, "handed it out 1 times, not 0"},
		{"a claim that is not told", qstat, qdequeue, [4][]outcome{one(at(ready, 0)), one(at(ready, 0)), one(claim), one(claim)}, false, 0, 0, [2]bool{}, "handed it out 0 times"},
		{"a restore that counts", qstat, qrestore, [4][]outcome{one(claim), one(claim), one(at(ready, 1)), one(at(ready, 1))}, false, 0, 0, [2]bool{}, ""},
		{"a restore that does not", qstat, qrestore, [4][]outcome{one(claim), one(claim), one(at(ready, 0)), one(at(ready, 0))}, false, 0, 0, [2]bool{}, "the second one does not do that"},
		{"a restore of what is locked", qrun, qrestore, [4][]outcome{one(at(ready, 0)), one(claim), one(at(ready, 1)), {}}, true, 0, 0, [2]bool{}, "had locked"},
		{"a restore that is left out", qstat, qrestore, [4][]outcome{one(claim), one(claim), one(claim), one(claim)}, false, 0, 0, [2]bool{}, "not done its work"},
		{"a finish of what was restored", qfinish, qrestore, [4][]outcome{one(claim), one(claim), one(at(ready, 1)), {}}, false, 0, 0, [2]bool{}, "after it was stopped"},
		{"a finish that comes too late", qfinish, qrestore, [4][]outcome{one(claim), one(claim), one(at(ready, 1)), one(at(ready, 1))}, false, 1, 0, [2]bool{}, ""},
		{"and passes for done", qfinish, qrestore, [4][]outcome{one(claim), one(claim), one(at(ready, 1)), one(at(ready, 1))}, false, 0, 0, [2]bool{}, "0 of 1 entries"},
		{"both discard", qdiscard, qdiscard, [4][]outcome{one(at(ready, 0)), one(at(ready, 0)), {}, {}}, false, 0, 0, [2]bool{}, "0 of 1 entries"},
		{"qrun restores, and another one discards", qrun, qdiscard, [4][]outcome{one(claim), one(at(ready, 1)), {}, {}}, false, 0, 0, [2]bool{}, ""},
		{"a loss", qstat, qstat, [4][]outcome{one(at(ready, 0)), one(at(ready, 0)), {}, {}}, false, 0, 0, [2]bool{}, "the second one does not do that"},
		{"a doubling", qstat, qstat, [4][]outcome{one(at(ready, 0)), one(at(ready, 0)), one(at(ready, 0)), one(at(ready, 0), at(hold, 0))}, false, 0, 0, [2]bool{}, "after it was stopped"},
	} {
		w := &world{root: "/queues", far: "/far", of: &scenario{}, mails: these(moves(ready))()}
		w.mails[0].Base = harness.Base(0)
		p := &pair{w: w, first: c.first(w), second: c.second(w)}
		for n, places := range c.places {
			p.seen[n] = &sight{found: &found{mails: [][]outcome{places}}, handed: make([]int, 1), locked: map[string]bool{}}
			for _, o := range places {
				p.seen[n].locked[w.path(0, o.place)] = c.locked && n == 1
			}
		}
		p.mine.Status, p.theirs.Status = c.mine, c.theirs
		for n, r := range []*harness.Result{&p.mine, &p.theirs} {
			if c.claims[n] {
				r.Out = w.path(0, inFlight) + "\n"
			}
		}
		if err := p.judge(); (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: %v, not %q", c.name, err, c.wrong)
		}
	}
}
