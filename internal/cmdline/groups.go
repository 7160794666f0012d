package cmdline

import (
	"switchboard/pkg/config"
	"switchboard/pkg/queue"
)

// mostGrouped is how many entries a group has at most.
const mostGrouped = 2048

// Groups gathers entries that are handled together: those named one after the other that
// are in the same queue and the same state. An entry that is named twice is in two groups,
// and so is handled twice.
type Groups struct {
	// Do handles a group. The operand is that of its first entry. If entries have
	// generations, its Dir is a [queue.View] with the claims of all.
	Do func(Operand, []queue.ID)

	common   Operand
	ids      []queue.ID
	operands map[queue.ID]Operand
}

// Add adds an entry to the group. If it does not belong there, Add first flushes the
// group and begins another.
func (g *Groups) Add(o Operand) {
	if !g.takes(o) {
		g.Flush()
		g.common, g.operands = o, make(map[queue.ID]Operand)
	}
	g.ids = append(g.ids, o.ID)
	g.operands[o.ID] = o
}

// takes reports whether an entry belongs to the group.
func (g *Groups) takes(o Operand) bool {
	_, twice := g.operands[o.ID]
	switch {
	case len(g.ids) == 0, len(g.ids) >= mostGrouped, twice, g.common.State != o.State:
		return false
	case g.common.Dir == o.Dir:
		return true
	}
	view, ok := g.common.Dir.(queue.View)
	return ok && view.AddView(o.Dir)
}

// Flush calls Do for the group. It must be called before a read that waits for input.
func (g *Groups) Flush() {
	common, ids := g.common, g.ids
	g.common, g.ids = Operand{}, nil
	if len(ids) > 0 {
		g.Do(common, ids)
	}
	g.operands = nil
}

// Explain is [Operand.Explain] for the error that Do got for an entry of its group.
func (g *Groups) Explain(id queue.ID, err error) error {
	if o, ok := g.operands[id]; ok {
		return o.Explain(err, o.State)
	}
	return err
}

// LookHere is Look for an entry that a group will handle. It does not ask a server, because to
// ask it about each entry takes a round trip: the group finds out, and Groups.Explain says what
// Look would have said.
func (o Operand) LookHere(want queue.State) error {
	if config.Scheme(o.Dir.Path()) != "" {
		return nil
	}
	return o.Look(want)
}
