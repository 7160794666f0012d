package pickle

// slab returns small pieces of larger allocations: a message has some hundred
// strings and tuples.
type slab struct {
	strings []String
	values  []Value
	bytes   []byte
	// nextStrings and nextValues are the sizes of the last allocations.
	nextStrings, nextValues int
}

// grown returns the size of the next allocation.
func grown(n *int) int {
	*n = min(max(2**n, 8), 64)
	return *n
}

func (s *slab) newString() *String {
	if len(s.strings) == 0 {
		s.strings = make([]String, grown(&s.nextStrings))
	}
	v := &s.strings[0]
	s.strings = s.strings[1:]
	return v
}

// copyValues returns a copy of items whose capacity is its length.
func (s *slab) copyValues(items []Value) []Value {
	n := len(items)
	if n == 0 {
		return nil
	}
	if n > len(s.values) {
		if n > 8 {
			return append(make([]Value, 0, n), items...)
		}
		s.values = make([]Value, grown(&s.nextValues))
	}
	v := s.values[:n:n]
	s.values = s.values[n:]
	copy(v, items)
	return v
}

// room returns an empty slice with room for n bytes.
func (s *slab) room(n int) []byte {
	if n > len(s.bytes) {
		if n >= 1<<10 {
			return make([]byte, 0, n)
		}
		s.bytes = make([]byte, 4<<10)
	}
	b := s.bytes[:0:n]
	s.bytes = s.bytes[n:]
	return b
}
