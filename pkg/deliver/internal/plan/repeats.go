package plan

import (
	"bytes"
	"hash/maphash"

	"switchboard/pkg/message"
)

// bitmap is a set of small numbers. Nil is empty.
type bitmap []uint64

func (b bitmap) has(i int) bool { return b != nil && b[i/64]&(1<<(i%64)) != 0 }
func (b bitmap) set(i int)      { b[i/64] |= 1 << (i % 64) }

// repeated returns which texts have come before, and how many have not.
//
// A map of 100,000 strings would take more memory than all the rest of the work. The table
// takes a tenth, and is garbage at once.
func repeated(texts message.Texts) (twice bitmap, different int) {
	n := texts.Len()
	size := 8
	for size < 2*n {
		size *= 2
	}
	// table has the index of a text, plus one, in the first free place from its hash on.
	table := make([]uint32, size)
	seed := maphash.MakeSeed()
	for i := range n {
		text := texts.Bytes(i)
		at := int(maphash.Bytes(seed, text)) & (size - 1)
		for table[at] != 0 && !bytes.Equal(texts.Bytes(int(table[at]-1)), text) {
			at = (at + 1) & (size - 1)
		}
		if table[at] == 0 {
			table[at] = uint32(i + 1)
			different++
			continue
		}
		if twice == nil {
			twice = make(bitmap, (n+63)/64)
		}
		twice.set(i)
	}
	return twice, different
}
