package pickle

import "strconv"

// memo is what PUT stores and GET fetches. Picklers number from 0 or 1 without
// gaps; other numbers go into a map.
type memo struct {
	// dense has the numbers below memoBlock, and blocks the next ones, as many in each. One
	// long array would be copied again and again while it grows, and the copies would take
	// more memory than a long list.
	dense  []Value
	blocks [][]Value
	// size is how many numbers dense and blocks have.
	size   uint64
	sparse map[uint64]Value
	// count is how many numbers are in use: the next one of MEMOIZE.
	count uint64
}

const memoBlock = 512

// slot returns the place of a number, or nil if it is not in dense or blocks.
func (m *memo) slot(i uint64) *Value {
	switch {
	case i < uint64(len(m.dense)):
		return &m.dense[i]
	case i >= m.size:
		return nil
	}
	i -= memoBlock
	return &m.blocks[i/memoBlock][i%memoBlock]
}

// add stores v under the number m.size.
func (m *memo) add(v Value) {
	switch {
	case m.size < memoBlock:
		m.dense = append(m.dense, v)
	case m.size%memoBlock == 0:
		m.blocks = append(m.blocks, append(make([]Value, 0, memoBlock), v))
	default:
		last := &m.blocks[len(m.blocks)-1]
		*last = append(*last, v)
	}
	m.size++
}

func (m *memo) get(i uint64) Value {
	if v := m.slot(i); v != nil && *v != nil {
		return *v
	}
	return m.sparse[i]
}

func (m *memo) put(i uint64, v Value) {
	if i == m.size && m.sparse == nil {
		// The next number, as nearly always: it is below twice the count.
		m.add(v)
		m.count++
		return
	}
	if m.get(i) == nil {
		m.count++
	}
	if _, ok := m.sparse[i]; !ok && i < 2*m.count+64 {
		for i >= m.size {
			m.add(nil)
		}
		*m.slot(i) = v
		return
	}
	if m.sparse == nil {
		m.sparse = make(map[uint64]Value)
	}
	m.sparse[i] = v
}

// replace stores a value whose number is counted already. It leaves no room for numbers
// between, because most of these may be those of packed texts.
func (m *memo) replace(i uint64, v Value) {
	switch slot := m.slot(i); {
	case slot != nil:
		*slot = v
	case i == m.size:
		m.add(v)
	default:
		if m.sparse == nil {
			m.sparse = make(map[uint64]Value)
		}
		m.sparse[i] = v
	}
}

func (d *decoder) store(i uint64) error {
	v, err := d.top()
	if err != nil {
		return err
	}
	// Each number needs an opcode of at least one byte.
	if i > memoBase+uint64(d.src.size) {
		return causef("memo number %d in a file of %d bytes", i, d.src.size)
	}
	d.spent += 2 * costSlot
	if d.pack != nil {
		if d.pack.memoized(i) == waitingNumber {
			d.keepLists() // the number was that of another list
		}
		was := d.pack.memoized(i) > 0
		known := was || d.memo.get(i) != nil
		packed := d.pack.stored(i, d.memo.count) || d.pack.wait(v, i, d.memo.count)
		if !known {
			d.memo.count++
		}
		if packed {
			return nil
		}
		if was {
			*d.pack.numbered(i) = 0
		}
		if _, ok := v.(*List); ok {
			d.keepLists()
		}
		d.memo.replace(i, v)
	} else {
		d.memo.put(i, v)
	}
	if d.memo.sparse != nil {
		d.spent += costSparse
	}
	return nil
}

func (d *decoder) fetch(i uint64) error {
	if d.pack != nil {
		if s, ok := d.pack.fetched(i); ok {
			return d.push(s, costString)
		}
		d.keepLists()
		if d.pack.missed = d.pack.memoized(i) == groupedNumber; d.pack.missed {
			return cause("a list that is part of Groups")
		}
	}
	v := d.memo.get(i)
	if v == nil {
		return causef("nothing stored under memo number %d", i)
	}
	return d.push(v, 0)
}

func (d *decoder) put(a *argument) error     { return d.store(a.num) }
func (d *decoder) get(a *argument) error     { return d.fetch(a.num) }
func (d *decoder) memoize(_ *argument) error { return d.store(d.memo.count) }

func (d *decoder) putText(a *argument) error {
	i, err := memoNumber(a.data)
	if err != nil {
		return err
	}
	return d.store(i)
}

func (d *decoder) getText(a *argument) error {
	i, err := memoNumber(a.data)
	if err != nil {
		return err
	}
	return d.fetch(i)
}

func memoNumber(text []byte) (uint64, error) {
	i, err := strconv.ParseUint(string(text), 10, 63)
	if err != nil {
		return 0, cause("not a memo number")
	}
	return i, nil
}
