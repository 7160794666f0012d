package power

import (
	"path/filepath"
	"sync"

	"switchboard/pkg/queue"
)

// class is where an entry is, as far as that is promised to last. A claim is not: a power
// cut may undo it.
type class int

const (
	absent    class = iota
	here            // ready or in flight
	preserved       // in the bad queue
)

func (c class) String() string {
	return [...]string{"absent", "ready or in flight", "preserved"}[c]
}

// state is what is known of an entry.
type state struct {
	class
	restores int
}

// history has the states that an entry may have had, in order: every outcome that a started
// command could have, and the outcomes that were confirmed.
type history struct {
	text   string
	states []state
	// sure is the index of the last confirmed state. From then on the entry is in that
	// state or in a later one, even after a power cut.
	sure int
}

// diary is what is known of all entries at any moment.
type diary struct {
	sync.Mutex
	entries map[string]*history
	// offered has all texts that qenqueue was ever given.
	offered map[string]bool
}

func newDiary() *diary {
	return &diary{entries: map[string]*history{}, offered: map[string]bool{}}
}

// base returns the file base of an entry's path.
func base(path string) string {
	id, _ := queue.SplitName(filepath.Base(path))
	return id.String()
}

// offer notes a text before it is stored.
func (d *diary) offer(text string) {
	d.Lock()
	defer d.Unlock()
	d.offered[text] = true
}

// store notes that the path of a stored message was printed.
func (d *diary) store(path, text string) {
	d.Lock()
	defer d.Unlock()
	d.entries[base(path)] = &history{text: text, states: []state{{class: here}}}
}

// last returns the last confirmed state of an entry.
func (d *diary) last(b string) state {
	d.Lock()
	defer d.Unlock()
	h := d.entries[b]
	return h.states[h.sure]
}

// may notes a state that an entry may have from now on.
func (d *diary) may(b string, s state) {
	d.Lock()
	defer d.Unlock()
	h := d.entries[b]
	h.states = append(h.states, s)
}

// is notes that a state was confirmed.
func (d *diary) is(b string, s state) {
	d.Lock()
	defer d.Unlock()
	h := d.entries[b]
	h.states = append(h.states, s)
	h.sure = len(h.states) - 1
}

// page has what was sure at a moment: the index of each entry's state.
type page map[string]int

func (d *diary) page() page {
	d.Lock()
	defer d.Unlock()
	p := make(page, len(d.entries))
	for b, h := range d.entries {
		p[b] = h.sure
	}
	return p
}

// end returns the length of each history at this moment.
func (d *diary) end() page {
	d.Lock()
	defer d.Unlock()
	p := make(page, len(d.entries))
	for b, h := range d.entries {
		p[b] = len(h.states)
	}
	return p
}

// between returns the states that an entry may have had between two moments, and its text.
func (d *diary) between(b string, from, to page) ([]state, string) {
	d.Lock()
	defer d.Unlock()
	h := d.entries[b]
	return h.states[from[b]:to[b]], h.text
}
