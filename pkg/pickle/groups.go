package pickle

// Groups are lists of texts that follow one another in a list: one item of the list stands for
// all of them. Only a Reader whose Pack was called makes them. Of 100,000 lists with one
// recipient each, Groups take a tenth of the memory.
type Groups struct {
	texts Texts
	// ends has how many texts there are up to the end of each list.
	ends []uint32
}

func (*Groups) value() {}

// Len returns how many lists there are.
func (g *Groups) Len() int { return len(g.ends) }

// Texts returns the texts of all lists.
func (g *Groups) Texts() *Texts { return &g.texts }

// add adds a list of texts.
func (g *Groups) add(t *Texts) {
	g.texts.Join(t)
	g.ends = append(g.ends, uint32(g.texts.n))
}

// lists returns the lists with a String for each text.
func (g *Groups) lists() []List {
	values := g.texts.values(make([]Value, 0, g.texts.n))
	lists := make([]List, len(g.ends))
	start := uint32(0)
	for i, end := range g.ends {
		lists[i] = List{Items: values[start:end:end], node: node{attached: true}}
		start = end
	}
	return lists
}

// grouper finds the lists of which a decoder makes Groups. They must be made, filled with
// texts and appended to another list by opcodes that do nothing else with them. Their memo
// numbers wait here until that is known: the memo would keep each list in memory.
//
// If a pickle fetches a list from the memo that is part of Groups, it is decoded once more,
// without Groups. No Python writes such a pickle, unless one list was in two places.
type grouper struct {
	// off means that no Groups are made, missed that one was fetched.
	off, missed bool
	// waiting are lists that may become part of Groups, in the order in which they were made.
	waiting []waitingList
}

type waitingList struct {
	list *List
	// number is the list's in the memo, if it is stored there.
	number uint64
	stored bool
}

// In packer.memo, these stand for lists whose number waits, and for those in Groups.
const (
	waitingNumber = ^uint32(0)
	groupedNumber = waitingNumber - 1
)

// made notes an empty list that was made.
func (p *packer) made(l *List) {
	if p != nil && !p.off {
		p.waiting = append(p.waiting, waitingList{list: l})
	}
}

// wait stores a list under a memo number, and reports whether it waits for more.
func (p *packer) wait(v Value, i, count uint64) bool {
	k := len(p.waiting) - 1
	if k < 0 || v != Value(p.waiting[k].list) || p.waiting[k].stored || i >= 2*count+64 {
		return false
	}
	p.waiting[k].number, p.waiting[k].stored = i, true
	*p.numbered(i) = waitingNumber
	return true
}

// group appends lists to another one as Groups, if they can be. They must not be used any
// more.
func (p *packer) group(to *List, items []Value) bool {
	if p == nil || len(items) == 0 || len(items) > len(p.waiting) {
		return false
	}
	rest := len(p.waiting) - len(items)
	for i, w := range p.waiting[rest:] {
		if items[i] != Value(w.list) || len(w.list.Items) != 1 {
			return false
		}
		if _, ok := w.list.Items[0].(*Texts); !ok {
			return false
		}
	}
	var g *Groups
	if n := len(to.Items); n > 0 {
		g, _ = to.Items[n-1].(*Groups)
	}
	if g == nil {
		g = &Groups{}
		to.Items = append(to.Items, g)
	}
	for _, w := range p.waiting[rest:] {
		g.add(w.list.Items[0].(*Texts))
		if w.stored {
			*p.numbered(w.number) = groupedNumber
		}
	}
	p.waiting = p.waiting[:rest]
	return true
}

// keepLists makes lists of all that wait to become part of Groups.
func (d *decoder) keepLists() {
	if d.pack == nil {
		return
	}
	for _, w := range d.pack.waiting {
		if w.stored {
			*d.pack.numbered(w.number) = 0
			d.memo.replace(w.number, w.list)
		}
	}
	d.pack.waiting = d.pack.waiting[:0]
}

// afterLists is called after each opcode. Those that make, fill and append lists do the rest
// themselves.
func (d *decoder) afterLists(code byte) {
	switch code {
	case opEmptyList, opList, opMark, opAppend, opAppends, opFrame, opPut, opBinPut, opLongBinPut, opMemoize,
		opString, opBinString, opShortBinString, opUnicode, opBinUnicode, opShortBinUnicode, opBinUnicode8,
		opGet, opBinGet, opLongBinGet:
	default:
		if len(d.pack.waiting) > 0 {
			d.keepLists()
		}
	}
}
