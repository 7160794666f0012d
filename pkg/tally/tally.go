// Package tally counts the entries of queues in groups, such as one for each list or each
// recipient's domain, and in each group by age.
//
// Make a [Tally], call [Tally.Add] for each entry with the names that [By.Names] returns,
// and read the groups with [Tally.Groups]. A Tally needs memory for each group, not for each
// entry.
package tally

import (
	"sync"
	"time"
)

// Group is what was counted of some entries.
type Group struct {
	// Name is "" if the entries have none, such as those without a sender.
	Name string
	// Unreadable means that the group is that of the entries whose name cannot be told,
	// because they cannot be read.
	Unreadable bool
	Entries    int
	// Bytes is the length of their files together.
	Bytes int64
	// Oldest and Newest are the times in the names of two of the entries.
	Oldest, Newest time.Time
	// Shape is the number of entries in each bucket of ages.
	Shape Shape
}

// key identifies a group.
type key struct {
	name       string
	unreadable bool
}

// Entry is one entry as it is counted.
type Entry struct {
	Received time.Time
	Size     int64
}

// Tally counts entries. Several goroutines may add to it.
type Tally struct {
	// now is the time from which ages are counted back.
	now    time.Time
	mu     sync.Mutex
	groups map[key]*Group
	total  Group
}

// New returns a Tally without entries. Ages are counted back from now.
func New(now time.Time) *Tally { return &Tally{now: now, groups: make(map[key]*Group)} }

// Add counts an entry once in each group. names must not have the same name twice.
func (t *Tally) Add(e Entry, names ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total.add(e, t.now)
	for _, name := range names {
		t.group(key{name: name}).add(e, t.now)
	}
}

// AddUnreadable counts an entry whose name cannot be told.
func (t *Tally) AddUnreadable(e Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total.add(e, t.now)
	t.group(key{unreadable: true}).add(e, t.now)
}

func (t *Tally) group(k key) *Group {
	g := t.groups[k]
	if g == nil {
		g = &Group{Name: k.name, Unreadable: k.unreadable}
		t.groups[k] = g
	}
	return g
}

func (g *Group) add(e Entry, now time.Time) {
	if g.Entries == 0 || e.Received.Before(g.Oldest) {
		g.Oldest = e.Received
	}
	if g.Entries == 0 || e.Received.After(g.Newest) {
		g.Newest = e.Received
	}
	g.Entries++
	g.Bytes += e.Size
	g.Shape[bucket(now.Sub(e.Received))]++
}

// Total returns what was counted of all entries together. An entry of several groups
// counts once.
func (t *Tally) Total() *Group { return &t.total }

// Groups returns the groups in any order.
func (t *Tally) Groups() []*Group {
	groups := make([]*Group, 0, len(t.groups))
	for _, g := range t.groups {
		groups = append(groups, g)
	}
	return groups
}
