package pickle

import "sync"

// slab is the memory of the values of one file, in a few allocations: a message has some
// hundred strings and tuples, and a queue has many messages.
type slab struct {
	strings chunk[String]
	values  chunk[Value]
	pairs   chunk[Pair]
	tuples  chunk[Tuple]
	lists   chunk[List]
	dicts   chunk[Dict]
	// block is the last block of the contents of strings, and bytes is what is left of it.
	block, bytes []byte
}

// slabs keeps slabs whose values are not used any more.
var slabs = sync.Pool{New: func() any { return new(slab) }}

// release lets another file use the memory of the slab.
func (s *slab) release() {
	s.strings.reset()
	s.values.reset()
	s.pairs.reset()
	s.tuples.reset()
	s.lists.reset()
	s.dicts.reset()
	s.bytes = s.block
	slabs.Put(s)
}

// chunk is memory for values of one type.
type chunk[T any] struct {
	all  []T
	used int
}

const (
	firstChunk = 8
	// largestChunk is also how much of a slab is kept for other files.
	largestChunk = 256
)

// take returns n zero values, whose capacity is n.
func (c *chunk[T]) take(n int) []T {
	if n > len(c.all)-c.used {
		if n > firstChunk {
			return make([]T, n)
		}
		c.all, c.used = make([]T, min(max(2*len(c.all), firstChunk), largestChunk)), 0
	}
	piece := c.all[c.used : c.used+n : c.used+n]
	c.used += n
	return piece
}

func (c *chunk[T]) one() *T { return &c.take(1)[0] }

// reset clears what was taken. A chunk that was full is no longer there: the values in it
// are the collector's.
func (c *chunk[T]) reset() {
	clear(c.all[:c.used])
	c.used = 0
}

// copyValues returns a copy of items whose capacity is its length.
func (s *slab) copyValues(items []Value) []Value {
	if len(items) == 0 {
		return nil
	}
	values := s.values.take(len(items))
	copy(values, items)
	return values
}

// room returns an empty slice with room for n bytes.
func (s *slab) room(n int) []byte {
	if n > len(s.bytes) {
		if n >= 1<<10 {
			return make([]byte, 0, n)
		}
		s.block = make([]byte, 4<<10)
		s.bytes = s.block
	}
	b := s.bytes[:0:n]
	s.bytes = s.bytes[n:]
	return b
}
