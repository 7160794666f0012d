package cmdline

import "switchboard/pkg/queue"

// mostGrouped is how many entries a group has at most.
const mostGrouped = 2048

// Groups gathers entries that are handled together: those named one after the other that
// are in the same queue and the same state. An entry that is named twice is in two groups,
// and so is handled twice.
type Groups struct {
	// Do handles a group. The operand is that of its first entry.
	Do func(Operand, []queue.ID)

	common Operand
	ids    []queue.ID
	seen   map[queue.ID]bool
}

// Add adds an entry to the group. If it does not belong there, Add first flushes the
// group and begins another.
func (g *Groups) Add(o Operand) {
	if g.common.Dir != o.Dir || g.common.State != o.State || len(g.ids) >= mostGrouped || g.seen[o.ID] {
		g.Flush()
		g.common, g.seen = o, make(map[queue.ID]bool)
	}
	g.ids = append(g.ids, o.ID)
	g.seen[o.ID] = true
}

// Flush calls Do for the group. It must be called before a read that waits for input.
func (g *Groups) Flush() {
	common, ids := g.common, g.ids
	g.common, g.ids, g.seen = Operand{}, nil, nil
	if len(ids) > 0 {
		g.Do(common, ids)
	}
}
