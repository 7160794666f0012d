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
	qdiscardAll, unshunt := of("qdiscard", in("--smaller-than", "1M")), of("qrestore", func(w *world) []string { return []string{"--origin", w.dir("shunt")} })
	release := of("qrestore", func(w *world) []string { return []string{"--to", w.dir("in"), w.path(0, far)} })
	preserve := of("qfinish", func(w *world) []string { return append([]string{"--preserve", "--bad", w.dir("far")}, named(w)...) })
	qrestoreNamed := of("qrestore", named)
	qrunCrash, releaseAll := of("qrun", handler("kill -9 $$")), of("qrestore", func(w *world) []string {
		return []string{"--state", "preserved", "--to", w.dir("in"), w.dir("bad")}
	})
	qenqueue := of("qenqueue", func(w *world) []string { return []string{w.dir("in"), w.path(0, shunted)} })
	wasReleased := [4][]outcome{one(at(shunted, 0)), one(at(shunted, 0)), one(at(ready, 0)), one(at(ready, 0))}
	for _, c := range []struct {
		name          string
		first, second command
		places        [4][]outcome
		// locked are the files that the first one has locked when it is stopped.
		locked []place
		// homeless and text are those of the message.
		homeless bool
		text     []byte
		// handsOn means that the first one stores the message again.
		handsOn bool
		// mine and theirs are the statuses, and claims say who printed a claim.
		mine, theirs int
		claims       [2]bool
		wrong        string
	}{
		{name: "one claims", first: qdequeue, second: qdequeue, places: [4][]outcome{one(at(ready, 0)), one(at(ready, 0)), one(claim), one(claim)}, mine: 1, claims: [2]bool{false, true}},
		{name: "both claim", first: qdequeue, second: qdequeue, places: [4][]outcome{one(at(ready, 0)), one(at(ready, 0)), one(claim), one(claim)}, claims: [2]bool{true, true}, wrong: "handed it out 1 times, not 0"},
		{name: "a claim that is not told", first: qstat, second: qdequeue, places: [4][]outcome{one(at(ready, 0)), one(at(ready, 0)), one(claim), one(claim)}, wrong: "handed it out 0 times"},
		{name: "a restore that counts", first: qstat, second: qrestore, places: [4][]outcome{one(claim), one(claim), one(at(ready, 1)), one(at(ready, 1))}},
		{name: "a restore that does not", first: qstat, second: qrestore, places: [4][]outcome{one(claim), one(claim), one(at(ready, 0)), one(at(ready, 0))}, wrong: "the second one does not do that"},
		{name: "a restore of what is locked", first: qrun, second: qrestore, places: [4][]outcome{one(at(ready, 0)), one(claim), one(at(ready, 1)), {}}, locked: []place{inFlight}, wrong: "had locked"},
		{name: "a restore that is left out", first: qstat, second: qrestore, places: [4][]outcome{one(claim), one(claim), one(claim), one(claim)}, wrong: "not done its work"},
		{name: "a finish of what was restored", first: qfinish, second: qrestore, places: [4][]outcome{one(claim), one(claim), one(at(ready, 1)), {}}, wrong: "after it was stopped"},
		{name: "a finish that comes too late", first: qfinish, second: qrestore, places: [4][]outcome{one(claim), one(claim), one(at(ready, 1)), one(at(ready, 1))}, mine: 1},
		{name: "and passes for done", first: qfinish, second: qrestore, places: [4][]outcome{one(claim), one(claim), one(at(ready, 1)), one(at(ready, 1))}, wrong: "0 of 1 entries"},
		{name: "both discard", first: qdiscard, second: qdiscard, places: [4][]outcome{one(at(ready, 0)), one(at(ready, 0)), {}, {}}, wrong: "0 of 1 entries"},
		{name: "qrun restores, and another one discards", first: qrun, second: qdiscard, places: [4][]outcome{one(claim), one(at(ready, 1)), {}, {}}},
		{name: "a loss", first: qstat, second: qstat, places: [4][]outcome{one(at(ready, 0)), one(at(ready, 0)), {}, {}}, wrong: "the second one does not do that"},
		{name: "a doubling", first: qstat, second: qstat, places: [4][]outcome{one(at(ready, 0)), one(at(ready, 0)), one(at(ready, 0)), one(at(ready, 0), at(hold, 0))}, wrong: "after it was stopped"},
		{name: "the copy of a move is discarded", first: release, second: qdiscardAll, locked: []place{far},
			places: [4][]outcome{one(at(far, 3)), {at(ready, 0), at(far, 0)}, {}, {}}},
		{name: "and it was locked", first: release, second: qdiscardAll, locked: []place{far, ready},
			places: [4][]outcome{one(at(far, 3)), {at(ready, 0), at(far, 0)}, {}, {}}, wrong: "had locked"},
		{name: "a move that another one completes", first: preserve, second: qrestoreNamed,
			places: [4][]outcome{one(claim), {claim, at(far, 0)}, one(at(far, 0)), one(at(far, 0))}},
		{name: "a move that nobody begins", first: preserve, second: qrestoreNamed, wrong: "not done its work",
			places: [4][]outcome{one(claim), one(claim), one(claim), one(claim)}},
		{name: "a release of what has no origin", first: qstat, second: unshunt, homeless: true, theirs: 65,
			places: [4][]outcome{one(at(shunted, 0)), one(at(shunted, 0)), one(at(shunted, 0)), one(at(shunted, 0))}},
		{name: "and one of what has one", first: qstat, second: unshunt, theirs: 65, wrong: "not done its work",
			places: [4][]outcome{one(at(shunted, 0)), one(at(shunted, 0)), one(at(shunted, 0)), one(at(shunted, 0))}},
		{name: "a message that is too large", first: qstat, second: qdiscardAll, text: make([]byte, large),
			places: [4][]outcome{one(at(ready, 0)), one(at(ready, 0)), one(at(ready, 0)), one(at(ready, 0))}},
		{name: "and one that is not", first: qstat, second: qdiscardAll, text: make([]byte, large-1), wrong: "not done its work",
			places: [4][]outcome{one(at(ready, 0)), one(at(ready, 0)), one(at(ready, 0)), one(at(ready, 0))}},
		{name: "a message that crashes COMMAND, and is released", first: qrunCrash, second: releaseAll,
			places: [4][]outcome{one(at(ready, 0)), one(at(bad, 2)), one(at(ready, 0)), one(at(bad, 2))}},
		{name: "and is preserved too late", first: qrunCrash, second: releaseAll, wrong: "after it was stopped",
			places: [4][]outcome{one(at(ready, 0)), one(at(bad, 2)), one(at(ready, 0)), one(at(bad, 3))}},
		{name: "an entry that cannot be handed on any more", first: qenqueue, second: unshunt, handsOn: true, mine: 66, places: wasReleased},
		{name: "and passes for handed on", first: qenqueue, second: unshunt, handsOn: true, places: wasReleased, wrong: "not done its work"},
	} {
		w := &world{root: "/queues", far: "/far", of: &scenario{}, mails: these(moves(ready))()}
		w.mails[0].Base, w.mails[0].Text = harness.Base(0), c.text
		p := &pair{w: w, first: c.first(w), second: c.second(w)}
		if c.handsOn {
			w.stores, p.first.stores = [][]byte{c.text}, [][]byte{c.text}
		}
		for n, places := range c.places {
			p.seen[n] = &sight{found: &found{mails: [][]outcome{places}}, handed: make([]int, 1), locked: map[string]bool{}}
			if c.handsOn {
				p.seen[n].stores, p.seen[n].bases, p.seen[n].handedStores = [][]outcome{nil}, []string{""}, []int{0}
			}
			p.seen[n].homeless = map[string]bool{w.mails[0].Base: c.homeless}
			for _, at := range c.locked {
				p.seen[n].locked[w.path(0, at)] = n == 1
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
