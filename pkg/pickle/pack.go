package pickle

import "bytes"

// packer finds the strings of which a decoder makes Texts. The content of each short string
// goes into the store, and a String for the stack points to it. If a container gets exactly
// the strings that were pushed since the last other opcode, it gets Texts instead, and the
// Strings are used again for the next ones.
type packer struct {
	store *textStore
	// strings are memory for the Strings on the stack, in blocks, and ids their numbers in
	// the store. used is how many of them are in use.
	strings [][]String
	ids     []uint32
	used    int
	// from is what used was after the last opcode that neither pushes a text nor stores one
	// in the memo.
	from int
	// broken means that the opcode was one that pushes something else.
	broken bool
	// memo has the number in the store, plus one, of the text that is stored under a memo
	// number, or what says that it is a list.
	memo []*[textBlock]uint32
	// tables find the texts of the sets.
	tables map[*Set]*textTable
	grouper
}

// packLeast is the length of the shortest pickle that is packed.
const packLeast = 32 << 10

const (
	stringBlock = 256
	textBlock   = 4096
)

// next returns a String to push, for the text id.
func (p *packer) next(id uint32) *String {
	if p.used == len(p.strings)*stringBlock {
		p.strings = append(p.strings, make([]String, stringBlock))
	}
	s := &p.strings[p.used/stringBlock][p.used%stringBlock]
	*s = String{}
	s.held, s.Kind = p.store.get(id)
	p.ids = append(p.ids[:p.used], id)
	p.used++
	return s
}

// after is called after each opcode.
func (p *packer) after(code byte) {
	switch code {
	case opString, opBinString, opShortBinString, opUnicode, opBinUnicode, opShortBinUnicode, opBinUnicode8,
		opGet, opBinGet, opLongBinGet:
		if !p.broken {
			return
		}
	case opPut, opBinPut, opLongBinPut, opMemoize, opFrame:
		return
	}
	p.from, p.broken = p.used, false
}

// take returns the numbers of the n values on top of the stack if they are texts that
// nothing else refers to. The Strings on the stack must not be used any more.
func (p *packer) take(n int) (ids []uint32, ok bool) {
	if p == nil || n == 0 || p.broken || p.used-p.from != n {
		return nil, false
	}
	p.used = p.from
	return p.ids[p.from : p.from+n], true
}

// stored notes that the top of the stack is stored in the memo, and reports whether it is a
// text. count is how many numbers are in use.
func (p *packer) stored(i, count uint64) bool {
	if p.used == p.from || i >= 2*count+64 {
		return false
	}
	*p.numbered(i) = p.ids[p.used-1] + 1
	return true
}

// numbered returns the place of a memo number.
func (p *packer) numbered(i uint64) *uint32 {
	for uint64(len(p.memo)) <= i/textBlock {
		p.memo = append(p.memo, new([textBlock]uint32))
	}
	return &p.memo[i/textBlock][i%textBlock]
}

// fetched returns the text that is stored in the memo.
func (p *packer) fetched(i uint64) (*String, bool) {
	id := p.memoized(i)
	if id == 0 || id >= groupedNumber {
		p.broken = true
		return nil, false
	}
	return p.next(id - 1), true
}

// appendTexts appends texts to the items of a container.
func (p *packer) appendTexts(items []Value, ids []uint32) []Value {
	var t *Texts
	if n := len(items); n > 0 {
		t, _ = items[n-1].(*Texts)
	}
	if t == nil {
		t = &Texts{store: p.store}
		items = append(items, t)
	}
	for _, id := range ids {
		t.add(id)
	}
	return items
}

// canAdd reports whether a set has no items but texts: strings that are equal could not be
// found among others.
func (p *packer) canAdd(s *Set) bool {
	return len(s.Items) == 0 || len(s.Items) == 1 && p.tables[s] != nil
}

// addTexts adds the texts that a set does not have.
func (p *packer) addTexts(s *Set, ids []uint32) {
	table := p.tables[s]
	if table == nil {
		if p.tables == nil {
			p.tables = make(map[*Set]*textTable)
		}
		table = &textTable{store: p.store}
		p.tables[s] = table
	}
	var fresh []uint32
	for i, id := range ids {
		if table.add(id) {
			if fresh != nil {
				fresh = append(fresh, id)
			}
		} else if fresh == nil {
			fresh = append(make([]uint32, 0, len(ids)), ids[:i]...)
		}
	}
	if fresh != nil {
		ids = fresh
	}
	if len(ids) > 0 {
		s.Items = p.appendTexts(s.Items, ids)
	}
}

// has reports whether the packed texts of a set have a string.
func (p *packer) has(s *Set, v Value) bool {
	if p == nil {
		return false
	}
	table, text := p.tables[s], (*String)(nil)
	if table == nil {
		return false
	}
	text, ok := v.(*String)
	return ok && text.ref == nil && table.find(text.held, text.Kind) < 0
}

// textTable finds texts by their content. It is a hash table whose slots have the number of
// a text, plus one.
type textTable struct {
	store *textStore
	slots []uint32
	n     int
}

// add adds a text and returns false if an equal one is there.
func (t *textTable) add(id uint32) bool {
	if 2*t.n >= len(t.slots) {
		t.grow()
	}
	content, kind := t.store.get(id)
	at := t.find(content, kind)
	if at < 0 {
		return false
	}
	t.slots[at] = id + 1
	t.n++
	return true
}

func (t *textTable) grow() {
	old := t.slots
	t.slots = make([]uint32, max(64, 2*len(old)))
	for _, slot := range old {
		if slot > 0 {
			at := t.find(t.store.get(slot - 1))
			t.slots[at] = slot
		}
	}
}

// find returns a free slot for a string, or -1 if an equal one is there.
func (t *textTable) find(content []byte, kind StringKind) int {
	if len(t.slots) == 0 {
		return 0
	}
	mask := len(t.slots) - 1
	for at := int(hashText(content)) & mask; ; at = (at + 1) & mask {
		if t.slots[at] == 0 {
			return at
		}
		other, its := t.store.get(t.slots[at] - 1)
		if bytes.Equal(other, content) && (its == kind || kind != Bytes && IsASCII(content)) {
			return -1
		}
	}
}

// memoized returns what memo has for a number: 0 if that is neither a text's nor a list's.
func (p *packer) memoized(i uint64) uint32 {
	if i/textBlock >= uint64(len(p.memo)) {
		return 0
	}
	return p.memo[i/textBlock][i%textBlock]
}

// packText pushes a short text that goes into the store. It returns false if the string is
// not a text, or too long.
func (d *decoder) packText(l line, kind StringKind, c coding) (packed bool, err error) {
	if kind == Bytes || l.n > heldLimit {
		d.pack.broken = true
		return false, nil
	}
	end := d.src.at
	d.src.at = l.off
	raw, err := d.src.next(int(l.n))
	if err != nil {
		return false, err
	}
	d.spent += int64(len(raw))
	var content []byte
	switch {
	case c != plain && (!IsASCII(raw) || bytes.IndexByte(raw, '\\') >= 0):
		if d.scratch, _, err = c.decode(d.scratch[:0], raw, true); err == nil {
			content = append(d.pack.store.room(len(d.scratch)), d.scratch...)
		}
	case kind == Unicode && !IsASCII(raw):
		_, err = checkUTF8(raw, true)
		fallthrough
	default:
		content = append(d.pack.store.room(len(raw)), raw...)
	}
	if err != nil {
		return false, err
	}
	d.src.at = end
	return true, d.push(d.pack.next(d.pack.store.keep(content, kind)), costString)
}
