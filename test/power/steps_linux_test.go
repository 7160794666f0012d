package power

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// limit is the count of restores at which an entry is preserved.
const limit = 3

// outcomes are what the command of qrun does with messages.
var outcomes = []string{"finish", "finish", "finish", "finish", "finish", "later", "fail", "crash"}

// handler is the command of qrun, a script for BusyBox.
const handler = `read -r field outcome
case $outcome in
finish) exit 0 ;;
later) exit 75 ;;
crash) kill -KILL $$ ;;
esac
exit 1`

func (w *worker) store(n int) error {
	sizes := make([]int, n)
	for i := range sizes {
		sizes[i] = 100 + w.random.IntN(6000)
		if w.random.IntN(20) == 0 {
			sizes[i] *= 10
		}
	}
	return w.enqueue(sizes)
}

// enqueue stores messages of the given sizes. Each is stored for good when its path is printed.
func (w *worker) enqueue(sizes []int) error {
	if err := os.Mkdir(w.messages, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(w.messages)
	args := []string{w.queue("in")}
	var e event
	for i, size := range sizes {
		w.last++
		number := w.last*workers + w.Worker
		e.Offer = append(e.Offer, number)
		file := filepath.Join(w.messages, fmt.Sprint(i))
		if err := os.WriteFile(file, text(number, size, outcomes[w.random.IntN(len(outcomes))]), 0o644); err != nil {
			return err
		}
		args = append(args, file)
	}
	if err := w.teller.tell(e); err != nil {
		return err
	}
	numbers := e.Offer
	stored := func(paths []string) error {
		var e event
		for _, path := range paths {
			queue, base, ext := split(path)
			one := entry{base, numbers[0], place{queue, ext, 0}}
			numbers = numbers[1:]
			w.entries[base] = &one
			e.Is = append(e.Is, one)
		}
		return w.teller.tell(e)
	}
	err := w.run(nil, stored, "qenqueue", args...)
	if err == nil && len(numbers) > 0 {
		err = fmt.Errorf("the paths of %d messages were not printed", len(numbers))
	}
	return err
}

// claim claims the oldest entries. A power cut may undo that.
func (w *worker) claim(n int) error {
	ready := w.at("in", ".pck")
	oldest := ready[:min(n, len(ready))]
	if len(oldest) == 0 {
		return nil
	}
	if err := w.may(oldest, func(p place) []place { return []place{{"in", ".bak", p.Restores}} }); err != nil {
		return err
	}
	claimed := func(paths []string) error {
		for _, path := range paths {
			_, base, ext := split(path)
			if !slices.ContainsFunc(oldest, func(e *entry) bool { return e.Base == base }) {
				return fmt.Errorf("%s is not among the %d oldest", path, n)
			}
			w.entries[base].Ext = ext
		}
		return nil
	}
	return w.run(nil, claimed, "qdequeue", "-n", fmt.Sprint(n), w.queue("in"))
}

// claims returns some claims.
func (w *worker) claims(most int) []*entry { return w.some(w.at("in", ".bak"), most) }

func gone(place) place          { return place{} }
func mayBeGone(place) []place   { return []place{{}} }
func (w *worker) finish() error { return w.finishThese(w.claims(50)) }

func (w *worker) finishThese(list []*entry) error {
	return w.end(list, mayBeGone, gone, "qfinish")
}

// end has a command end entries, and tells where they are when it has.
func (w *worker) end(list []*entry, may func(place) []place, is func(place) place, command ...string) error {
	if len(list) == 0 {
		return nil
	}
	if err := w.may(list, may); err != nil {
		return err
	}
	if err := w.run(nil, silent, command[0], append(command[1:], w.paths(list)...)...); err != nil {
		return err
	}
	return w.are(list, is)
}

func (w *worker) preserve() error {
	bad := func(p place) place { return place{"bad", ".psv", p.Restores} }
	return w.end(w.claims(6), func(p place) []place { return []place{bad(p)} }, bad, "qfinish", "--preserve")
}

// discard deletes ready and preserved entries.
func (w *worker) discard() error {
	list := append(w.some(w.at("in", ".pck"), 4), w.some(w.at("bad", ".psv"), 4)...)
	list = append(list, w.some(w.at("shunt", ".pck"), 4)...)
	return w.end(list, mayBeGone, gone, "qdiscard")
}

// requeue gives claims back. A power cut may undo that.
func (w *worker) requeue() error {
	list := w.claims(6)
	if len(list) == 0 {
		return nil
	}
	if err := w.may(list, func(p place) []place { return []place{{"in", ".pck", p.Restores}} }); err != nil {
		return err
	}
	if err := w.run(nil, silent, "qfinish", append([]string{"--requeue"}, w.paths(list)...)...); err != nil {
		return err
	}
	for _, e := range list {
		e.Ext = ".pck"
	}
	return nil
}

// restoring returns where a claim may be while it is restored: first it is counted, and then
// it is moved. A power cut may undo the claim, but not the count.
func restoring(p place) []place {
	n := p.Restores + 1
	places := []place{{"in", ".bak", n}, {"in", ".pck", n}}
	if n == limit {
		places = append(places, place{"bad", ".psv", n})
	}
	return places
}

func (w *worker) restore() error {
	list := w.at("in", ".bak")
	if err := w.may(list, restoring); err != nil {
		return err
	}
	return w.run(nil, w.moved(func(p place) int { return p.Restores + 1 }), "qrestore", w.queue("in"))
}

// move has a command move entries and print their new paths.
func (w *worker) move(list []*entry, to string, restores func(place) int, command ...string) error {
	if len(list) == 0 {
		return nil
	}
	may := func(p place) []place { return []place{{p.Queue, p.Ext, restores(p)}, {to, ".pck", restores(p)}} }
	if err := w.may(list, may); err != nil {
		return err
	}
	return w.run(nil, w.moved(restores), command[0], command[1:]...)
}

// release releases preserved entries. Their count is set to 0 first.
func (w *worker) release() error {
	list := w.some(w.at("bad", ".psv"), 40)
	if w.random.IntN(2) == 0 {
		return w.move(list, "in", none, append([]string{"qmove", "--to", w.queue("in")}, w.paths(list)...)...)
	}
	return w.move(list, "in", none, append([]string{"qrestore"}, w.paths(list)...)...)
}

func (w *worker) unshunt() error {
	return w.move(w.at("shunt", ".pck"), "in", none, "qrestore", "--origin", w.queue("shunt"))
}

func (w *worker) hold() error {
	list := w.some(w.at("in", ".pck"), 50)
	return w.move(list, "hold", same, append([]string{"qmove", "--to", "hold"}, w.paths(list)...)...)
}

func (w *worker) unhold() error {
	return w.move(w.at("hold", ".pck"), "in", same, "qmove", "-a", "--to", "in", w.queue("hold"))
}

// drain has qrun handle all that is ready. It begins with the claims, which it restores.
func (w *worker) drain() error {
	list := append(w.at("in", ".pck"), w.at("in", ".bak")...)
	if err := w.may(list, handled); err != nil {
		return err
	}
	told := func(lines []string) error {
		var e event
		for _, line := range lines {
			var o struct {
				Entry, To, Outcome string
				Restores           int
			}
			if err := json.Unmarshal([]byte(line), &o); err != nil {
				return err
			}
			_, base, _ := split(o.Entry)
			one := w.entries[base]
			if one == nil {
				return fmt.Errorf("%s: there is no such entry", line)
			}
			if o.Outcome == "requeued" {
				one.place = place{"in", ".pck", o.Restores} // a power cut may undo that
				continue
			}
			one.place = place{}
			if o.To != "" {
				queue, _, ext := split(o.To)
				one.place = place{queue, ext, o.Restores}
			} else {
				delete(w.entries, base)
			}
			e.Is = append(e.Is, *one)
			if one.Queue == "in" {
				// It was restored, and will be handled.
				e.May = append(e.May, places(*one, handled)...)
			}
		}
		return w.teller.tell(e)
	}
	// Entries that were shunted make the status 65, and those that were requeued 75.
	args := []string{"--json", "-j", "4", "--max-failures", "0", w.queue("in"), "busybox", "sh", "-c", handler}
	err := w.run([]int{65, 75}, told, "qrun", args...)
	if left := w.at("in", ".bak"); err == nil && len(left) > 0 {
		err = fmt.Errorf("%d claims are left", len(left))
	}
	return err
}

// handled returns where an entry may be while qrun handles it.
func handled(p place) (places []place) {
	if p.Ext == ".bak" {
		places, p.Restores = restoring(p), p.Restores+1
	}
	for ; p.Restores < limit; p.Restores++ {
		places = append(places, place{}, place{"in", ".bak", p.Restores}, place{"in", ".pck", p.Restores}, place{"shunt", ".pck", p.Restores})
		places = append(places, restoring(p)...)
	}
	return places
}

// flood handles more entries at once than the largest group has, and then some whose bytes are
// more than those of the largest group.
func (w *worker) flood() error {
	const group, large = 1024, 9 << 20
	if err := w.drain(); err != nil {
		return err
	}
	if err := w.enqueue(slices.Repeat([]int{200}, group+10)); err != nil {
		return err
	}
	if err := w.claim(2 * group); err != nil {
		return err
	}
	if err := w.restore(); err != nil {
		return err
	}
	if err := w.claim(2 * group); err != nil {
		return err
	}
	if err := w.finishThese(w.at("in", ".bak")); err != nil {
		return err
	}
	if err := w.enqueue([]int{large, large, large, large, 100, large}); err != nil {
		return err
	}
	if err := w.claim(6); err != nil {
		return err
	}
	return w.finishThese(w.at("in", ".bak"))
}
