package kill

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

// pair is what two commands did to the queues of a scenario.
type pair struct {
	first  *scenario
	second *other
	// status are their exit statuses, -1 if one did not run.
	status [2]int
	// mails are what became of the mails and stores of the messages that either stored.
	mails, stores []fate
}

// fate is what became of a message: where it is, and how often it was handed out: claimed by
// qdequeue, or given to a command by qrun.
type fate struct {
	places []outcome
	handed int
}

// look finds out what became of the messages, and checks that each is there once.
func (p *pair) look(w *world, results ...harness.Result) error {
	found, stored, err := w.find(p.first, look{})
	if err != nil {
		return err
	}
	mails, stores, err := w.handed()
	if err != nil {
		return err
	}
	claims := map[string]int{}
	for _, r := range results {
		for _, base := range claimed(r.Out) {
			claims[base]++
		}
	}
	p.mails, p.stores = make([]fate, len(found)), make([]fate, len(stored))
	for i, places := range found {
		f := fate{places, mails[i] + claims[harness.Base(i)]}
		delete(claims, harness.Base(i))
		if p.first.delivers {
			if text, err := os.ReadFile(w.delivered(i)); err == nil && string(text) == string(w.mails[i].Text) {
				f.handed++
			}
		}
		if len(places) > 1 {
			return fmt.Errorf("mail %d: is %v at once", i, places)
		}
		if len(places) == 0 && f.handed == 0 && !deletes(p.first.command) && !deletes(p.second.command) {
			return fmt.Errorf("mail %d: lost", i)
		}
		p.mails[i] = f
	}
	for i, n := range stored {
		p.stores[i] = fate{slices.Repeat([]outcome{{}}, n), stores[i]}
	}
	for base, n := range claims {
		if n > 1 {
			return fmt.Errorf("%s: claimed %d times", base, n)
		}
	}
	return nil
}

// deletes reports whether a command may delete a message that nobody was given.
func deletes(command string) bool {
	return slices.Contains([]string{"qfinish", "qdiscard", "qrun"}, command)
}

// claimed returns the file bases of the claims that qdequeue printed.
func claimed(out string) (all []string) {
	for _, line := range lines(out) {
		var entry struct{ Entry string }
		if json.Unmarshal([]byte(line), &entry) == nil {
			line = entry.Entry
		}
		if id, state := queue.SplitName(filepath.Base(line)); state == queue.InFlight && strings.HasPrefix(line, "/") {
			all = append(all, id.String())
		}
	}
	return all
}

// explain checks that what two commands did together is what they do one after the other, in either
// order, or what one of them does alone if the other says that it was in its way.
func (b *bench) explain(t *testing.T, p *pair) error {
	t.Helper()
	var alone []*pair
	for _, order := range [][]int{{0}, {1}, {0, 1}, {1, 0}} {
		one, err := b.inTurn(t, p, order)
		if err != nil {
			return fmt.Errorf("in the order %v: %w", order, err)
		}
		alone = append(alone, one)
	}
	return errors.Join(p.statuses(alone), p.fates(alone))
}

// inTurn runs the commands of a pair one after the other.
func (b *bench) inTurn(t *testing.T, p *pair, order []int) (*pair, error) {
	t.Helper()
	w := b.world(t, p.first)
	defer w.remove()
	args := p.first.args(w)
	w.stores = slices.Concat(w.stores, p.second.stores)
	did := &pair{first: p.first, second: p.second, status: [2]int{-1, -1}}
	var results []harness.Result
	for _, n := range order {
		s, args := p.first, args
		if n == 1 {
			s, args = &p.second.scenario, p.second.args(w)
		}
		r, _ := w.run(t, s, args, nil)
		did.status[n] = r.Status
		results = append(results, r)
	}
	return did, did.look(w, results...)
}

// inTheWay are the statuses with which a command says that another one was in its way: the entry is not
// in the state asked for, its file is gone, or it is busy.
var inTheWay = []int{1, 66, 75}

// steals reports whether the second command is qfinish and may find a claim of the first one. qfinish
// takes it for that of its caller, as its manual says: both may succeed, and what was requeued is
// handed out again.
func (p *pair) steals() bool {
	return p.second.command == "qfinish" && (p.first.command == "qrun" || p.first.command == "qmove")
}

// statuses checks the statuses against those of the commands in turn.
func (p *pair) statuses(alone []*pair) error {
	right := [2][]int{slices.Clone(inTheWay), slices.Clone(inTheWay)}
	if p.steals() {
		right[1] = append(right[1], 0)
	}
	for _, one := range alone {
		if one.status == p.status {
			return nil
		}
		for n := range one.status {
			right[n] = append(right[n], one.status[n])
		}
	}
	for n, status := range p.status {
		if status == -1 || !slices.Contains(right[n], status) {
			return fmt.Errorf("statuses %v", p.status)
		}
	}
	// Of several messages, each may have taken some.
	if !p.steals() && len(p.mails) == 1 && !slices.Contains(inTheWay, p.status[0]) && !slices.Contains(inTheWay, p.status[1]) {
		return fmt.Errorf("statuses %v: both have done what only one can do", p.status)
	}
	return nil
}

// fates checks what became of the messages.
func (p *pair) fates(alone []*pair) error {
	for i, f := range p.mails {
		if err := f.among(alone, p, func(one *pair) fate { return one.mails[i] }); err != nil {
			return fmt.Errorf("mail %d: %w", i, err)
		}
	}
	for i, f := range p.stores {
		if err := f.among(alone, p, func(one *pair) fate { return one.stores[i] }); err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
	}
	return nil
}

// among checks that a message is where one of the commands brings it, with a count of restores
// that it can have, and that it was not handed out more often than in turn.
func (f fate) among(alone []*pair, p *pair, of func(*pair) fate) error {
	var right []fate
	restores, handed, there := 0, 1, false
	if p.steals() {
		handed = 2
		there = len(f.places) == 0 || slices.Contains([]place{ready, bad}, f.places[0].place)
	}
	// qdequeue takes the next entry if the first one is locked.
	claims := len(f.places) == 1 && f.places[0].place == inFlight && (p.first.command == "qdequeue" || p.second.command == "qdequeue")
	for _, one := range alone {
		r := of(one)
		right = append(right, r)
		handed = max(handed, r.handed)
		for _, p := range r.places {
			restores = max(restores, p.restores)
		}
		there = there || claims && slices.Contains(r.places, at(ready, 0)) || slices.EqualFunc(f.places, r.places, func(a, b outcome) bool { return a.place == b.place })
	}
	switch {
	case !there:
		return fmt.Errorf("is %v; in turn it is one of %v", f.places, right)
	case f.handed > handed:
		return fmt.Errorf("was handed out %d times; in turn: %v", f.handed, right)
	}
	for _, p := range f.places {
		if p.restores > restores {
			return fmt.Errorf("its count is %d; in turn: %v", p.restores, right)
		}
	}
	return nil
}
