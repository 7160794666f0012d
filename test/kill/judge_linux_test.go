package kill

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

// pair is what two commands did to the queues of a scenario. The first one was stopped, and the second
// one worked from beginning to end meanwhile: each message was moved by the first one, then by the
// second one, and then by the first one again. That is right if each of these ways is a row of moves
// that the command makes, if it ends where the command has nothing left to do, and if both commands
// have said what they did.
type pair struct {
	w             *world
	first, second *task
	// mine and theirs are what they said, and alone is the status of the first one alone.
	mine, theirs harness.Result
	alone        int
	// seen are the queues at the beginning, before and after the second one worked, and at the end.
	seen [4]*sight
	// met means that the second one has changed what the first one may meet.
	met bool
}

// observed is what was seen of a message.
type observed struct {
	item
	places [4][]outcome
	// mine and theirs are how often each command has handed it out, -1 if that cannot be seen.
	mine, theirs int
	// storer is the command that stores it, nil if it was there before.
	storer *task
}

// did says whether each of the two did with a message what it was told.
type did struct{ first, second bool }

// judge checks what both did.
func (p *pair) judge() error {
	before, after := p.seen[1], p.seen[2]
	p.met = !slices.EqualFunc(slices.Concat(before.mails, before.stores), slices.Concat(after.mails, after.stores), slices.Equal)
	all, err := p.observe()
	if err != nil {
		return err
	}
	ways := map[string][]did{}
	for _, o := range all {
		if ways[o.base], err = p.ways(o); err != nil {
			return fmt.Errorf("%s, which was %v: %w", o.base, o.places, err)
		}
	}
	return p.statuses(ways)
}

// observe returns what was seen of each message.
func (p *pair) observe() (all []*observed, err error) {
	for i, m := range p.w.mails {
		o := &observed{item: item{base: m.Base, raw: m.raw != nil, large: len(m.Text) >= large}, mine: -1, theirs: p.seen[2].handed[i] - p.seen[1].handed[i]}
		for n, s := range p.seen {
			o.places[n] = s.mails[i]
		}
		if p.w.of.delivers {
			o.mine = 0
			if text, err := os.ReadFile(p.w.delivered(i)); err == nil && string(text) == string(m.Text) {
				o.mine = 1
			}
		}
		all = append(all, o)
	}
	for i := range p.w.stores {
		o := &observed{item: item{base: fmt.Sprint("message ", i), large: len(p.w.stores[i]) >= large}, mine: -1, theirs: p.seen[2].handedStores[i] - p.seen[1].handedStores[i]}
		if o.storer = p.first; i >= len(p.first.stores) {
			o.storer = p.second
		}
		for n, s := range p.seen {
			if o.places[n] = s.stores[i]; len(o.places[n]) > 0 {
				o.base = s.bases[i]
			}
		}
		all = append(all, o)
	}
	mine, theirs := claimed(p.mine.Out), claimed(p.theirs.Out)
	for _, o := range all {
		if p.first.command == "qdequeue" {
			o.mine = mine[o.base]
		}
		switch {
		case p.second.command == "qdequeue":
			o.theirs = theirs[o.base]
		case p.second.command != "qrun" || p.second.handler != succeeds:
			o.theirs = -1
		}
		delete(mine, o.base)
		delete(theirs, o.base)
	}
	if len(mine)+len(theirs) > 0 {
		return nil, fmt.Errorf("claims of nobody's messages: %v, %v", mine, theirs)
	}
	return all, nil
}

// ways returns what the two may have done with one message, if that explains what was seen.
func (p *pair) ways(o *observed) (all []did, why error) {
	mine, theirs := o.item, o.item
	mine.mine, theirs.mine = o.storer == p.first, o.storer == p.second
	theirs.homeless = p.seen[1].homeless[o.base]
	met := !slices.Equal(o.places[1], o.places[2])
	if met && p.second.command != "qfinish" && p.barred(o) {
		// qfinish takes a claim for that of its caller, as its manual says.
		return nil, errors.New("the second one has changed what the first one had locked")
	}
	why = errors.New("the first one does not do that before it is stopped")
	for _, m := range p.first.reach(&mine, asFound(o.places[0]), o.places[1]) {
		why = errors.New("the second one does not do that")
		for _, n := range p.second.reach(&theirs, asFound(o.places[1]), o.places[2]) {
			switch left := len(p.second.moves(&theirs, n)) > 0; {
			case o.theirs >= 0 && n.handed != o.theirs:
				why = fmt.Errorf("the second one handed it out %d times, not %d", o.theirs, n.handed)
				continue
			case left && !p.mayLeave(o):
				why = errors.New("the second one has not done its work")
				continue
			}
			begun := []moved{m}
			if met {
				begun = asFound(o.places[2])
				for i := range begun {
					begun[i].claimed, begun[i].given, begun[i].ended, begun[i].handed = m.claimed, m.given, m.ended, m.handed
					begun[i].late = p.locked(o) && p.first.restores() && !m.claimed && !m.counted
					if m.copied.place != gone {
						// The second one may have completed the move, and the first one then says
						// that it moved the message.
						completed := begun[i]
						completed.claimed, completed.given, completed.ended = false, false, true
						begun = append(begun, completed)
					}
				}
			}
			why = errors.New("the first one does not do that after it was stopped")
			for _, m := range p.first.reach(&mine, begun, o.places[3]) {
				switch left := len(p.first.moves(&mine, m)) > 0; {
				case p.first.command == "qdequeue" && m.handed != o.mine, o.mine == 0 && m.handed > 0, o.mine > 0 && m.handed == 0:
					why = fmt.Errorf("the first one handed it out %d times, not %d", o.mine, m.handed)
				case left && !met && p.first.most == 0 && !p.hindered():
					why = errors.New("the first one has not done its work")
				default:
					all = append(all, did{m.ended, n.ended})
				}
			}
		}
	}
	if len(all) > 0 {
		why = nil
	}
	return all, why
}

// asFound is a message as a command finds it that knows nothing of it.
func asFound(places []outcome) []moved {
	switch len(places) {
	case 0:
		return []moved{{}}
	case 1:
		return []moved{{file: places[0]}}
	case 2:
		return []moved{{file: places[0], copied: places[1]}, {file: places[1], copied: places[0]}}
	}
	return nil
}

// lockedAt reports whether the first command had locked the file of a message at a place when it was
// stopped.
func (p *pair) lockedAt(o *observed, at outcome) bool {
	return p.seen[1].locked[filepath.Join(p.w.dir(at.queue), o.base+at.ext)]
}

// locked reports whether the first command had locked a message when it was stopped.
func (p *pair) locked(o *observed) bool {
	return slices.ContainsFunc(o.places[1], func(at outcome) bool { return p.lockedAt(o, at) })
}

// barred reports whether the second command must not touch a message, because the first one had locked
// it. The copy of a move to another filesystem is not locked: who works on the queue there may take it.
func (p *pair) barred(o *observed) bool {
	return p.locked(o) && !slices.ContainsFunc(o.places[1], func(at outcome) bool {
		return p.second.takes(&o.item, at.place) && !p.lockedAt(o, at)
	})
}

// mayLeave reports whether the second command may leave a message where it is, although it was told
// to take it.
func (p *pair) mayLeave(o *observed) bool {
	return p.second.most > 0 || p.locked(o) || len(o.places[1]) > 1 || p.seen[1].slice && p.theirs.Status == 75
}

// hindered reports whether the first command may leave what the second one has not touched: the entry
// whose message it should store again is not ready any more.
func (p *pair) hindered() bool {
	return p.met && p.first.command == "qenqueue" && len(p.w.mails) > 0 && p.mine.Status == 66
}

// statuses checks the exit statuses.
func (p *pair) statuses(ways map[string][]did) error {
	var err error
	if p.mine.Status != p.alone {
		if err = p.first.said(p.mine, ways, func(d did) bool { return d.first }); err == nil && !p.met {
			err = fmt.Errorf("status %d, although it has met nothing", p.mine.Status)
		}
	} else if p.alone == 0 {
		err = p.first.said(p.mine, ways, func(d did) bool { return d.first })
	}
	if err == nil {
		err = p.first.enough(p.mine, p.seen[:]...)
	}
	if err != nil {
		return fmt.Errorf("the first one: %w", err)
	}
	if err = p.second.said(p.theirs, ways, func(d did) bool { return d.second }); err == nil {
		err = p.second.enough(p.theirs, p.seen[1], p.seen[2])
	}
	if err != nil {
		return fmt.Errorf("the second one: %w", err)
	}
	return nil
}

// said checks that the status of a command is one that it can have, and that it is true. did reports
// whether the command did what it was told, if a message went a certain way.
func (d *task) said(r harness.Result, ways map[string][]did, done func(did) bool) error {
	right := map[string][]int{
		"qenqueue": {0, 66, 75}, "qrun": {0, 1, 65, 66, 75}, "qstat": {0, 1, 65, 66}, "qcat": {0, 1, 65, 66, 75},
	}[d.command]
	changes := right == nil
	if changes {
		right = []int{0, 1, 65, 66, 75}
	}
	// sure counts the named messages with which it has certainly done what it was told, maybe
	// those with which it may have.
	sure, maybe := 0, 0
	for _, name := range d.names {
		all := ways[filepath.Base(name)]
		if slices.ContainsFunc(all, done) {
			maybe++
		}
		if len(all) > 0 && !slices.ContainsFunc(all, func(w did) bool { return !done(w) }) {
			sure++
		}
	}
	switch named := changes && d.names != nil; {
	case !slices.Contains(right, r.Status):
		return fmt.Errorf("status %d", r.Status)
	case named && r.Status == 0 && maybe < len(d.names):
		return fmt.Errorf("status 0, and it did what it was told with %d of %d entries", maybe, len(d.names))
	case named && slices.Contains([]int{1, 66, 75}, r.Status) && sure == len(d.names):
		return fmt.Errorf("status %d, and it did what it was told with all entries", r.Status)
	case d.command == "qdequeue" && !named && (r.Status == 0) != (len(claimed(r.Out)) > 0):
		return fmt.Errorf("status %d, and it claimed %d entries", r.Status, len(claimed(r.Out)))
	}
	return nil
}

// enough checks that a command which claims only some messages has not left those that it could have
// claimed: they were ready each time, and nobody had locked them.
func (d *task) enough(r harness.Result, seen ...*sight) error {
	n := len(claimed(r.Out))
	if d.most == 0 || n == d.most {
		return nil
	}
	if n > d.most {
		return fmt.Errorf("it claimed %d entries, not %d", n, d.most)
	}
	for i, m := range d.w.mails {
		path := d.w.path(i, place{d.queue, ready.ext})
		if m.raw == nil && !slices.ContainsFunc(seen, func(s *sight) bool { return !s.files[path] || s.locked[path] }) {
			return fmt.Errorf("it claimed %d entries, and left mail %d", n, i)
		}
	}
	return nil
}

// claimed returns how often each file base is among the claims that qdequeue printed.
func claimed(out string) map[string]int {
	all := map[string]int{}
	for _, line := range lines(out) {
		var entry struct{ Entry string }
		if json.Unmarshal([]byte(line), &entry) == nil {
			line = entry.Entry
		}
		if id, state := queue.SplitName(filepath.Base(line)); state == queue.InFlight && strings.HasPrefix(line, "/") {
			all[id.String()]++
		}
	}
	return all
}
