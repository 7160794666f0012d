package cmdline

import "switchboard/pkg/queue"

// mostGrouped is how many named entries wait for the rest of their group.
const mostGrouped = 2048

// Groups gathers entries that were named one after the other and are handled
// together: those of one queue, in one state. An entry that is named twice is handled
// twice, in turn.
type Groups struct {
	// Do is told a group, by one of its operands.
	Do func(Operand, []queue.ID)

	common Operand
	ids    []queue.ID
	seen   map[queue.ID]bool
}

// Add adds an entry to the group, or ends that and begins the next one.
func (g *Groups) Add(o Operand) {
	if g.common.Dir != o.Dir || g.common.State != o.State || len(g.ids) >= mostGrouped || g.seen[o.ID] {
		g.Flush()
		g.common, g.seen = o, make(map[queue.ID]bool)
	}
	g.ids = append(g.ids, o.ID)
	g.seen[o.ID] = true
}

// Flush ends the group: whoever waits for input must not keep it waiting, too.
func (g *Groups) Flush() {
	common, ids := g.common, g.ids
	g.common, g.ids, g.seen = Operand{}, nil, nil
	if len(ids) > 0 {
		g.Do(common, ids)
	}
}
