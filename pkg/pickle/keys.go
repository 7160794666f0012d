package pickle

import (
	"bytes"
	"hash/maphash"
	"math"
)

// linearLimit is the largest number of keys that a search compares one by one.
const linearLimit = 16

var seed = maphash.MakeSeed()

// setPairs sets keys of a *Dict or *Object to values; items alternate.
func (d *decoder) setPairs(in Value, items []Value) error {
	if len(items)%2 != 0 {
		return cause("key without a value")
	}
	var pairs *[]Pair
	switch in := in.(type) {
	case *Dict:
		pairs = &in.Pairs
	case *Object:
		pairs = &in.Pairs
	}
	if *pairs == nil && len(items) > 0 {
		// A pickle that sets one pair sets the others one by one.
		n := len(items) / 2
		if n == 1 {
			n = 4
		}
		*pairs = d.slab.pairs.take(n)[:0]
	}
	parent := nodeOf(in)
	for i := 0; i < len(items); i += 2 {
		key, value := items[i], items[i+1]
		if err := d.attach(parent, value); err != nil {
			return err
		}
		if at := d.find(in, key, len(*pairs), func(i int) Value { return (*pairs)[i].Key }); at >= 0 {
			(*pairs)[at].Value = value
			continue
		}
		if err := d.checkKey(key); err != nil {
			return err
		}
		if err := d.attach(parent, key); err != nil {
			return err
		}
		d.spent += costPair
		*pairs = append(*pairs, Pair{key, value})
	}
	return nil
}

func (d *decoder) addTo(s *Set, items []Value) error {
	if d.pack != nil && d.pack.canAdd(s) {
		if ids, ok := d.pack.take(len(items)); ok {
			d.spent += 4 * costSlot * int64(len(items))
			d.pack.addTexts(s, ids)
			return nil
		}
	}
	if s.Items == nil && len(items) > 0 {
		s.Items = make([]Value, 0, len(items))
	}
	for _, v := range items {
		if d.pack.has(s, v) || d.find(s, v, len(s.Items), func(i int) Value { return s.Items[i] }) >= 0 {
			continue
		}
		if err := d.checkKey(v); err != nil {
			return err
		}
		if err := d.attach(&s.node, v); err != nil {
			return err
		}
		d.spent += 2 * costSlot
		s.Items = append(grown(s.Items, 1), v)
	}
	return nil
}

// find returns the index of key among the n keys of in. If it is not there, find
// returns -1 and notes that the key will have index n.
func (d *decoder) find(in, key Value, n int, keyAt func(int) Value) int {
	if n <= linearLimit {
		text, isText := key.(*String)
		for i := range n {
			other := keyAt(i)
			if s, ok := other.(*String); ok && isText && len(s.held) != len(text.held) {
				continue
			}
			if sameKey(other, key) {
				return i
			}
		}
		if n < linearLimit {
			return -1
		}
	}
	index := d.indexes[in]
	if index == nil {
		index = new(keyIndex)
		index.resize(4*n, n, keyAt)
		if d.indexes == nil {
			d.indexes = make(map[Value]*keyIndex)
		}
		d.indexes[in] = index
		d.spent += int64(4*n) * costSlot
	}
	h, ok := hashKey(key)
	if !ok {
		return -1
	}
	if 2*(n+1) > len(index.slots) {
		index.resize(4*n, n, keyAt)
	}
	at := index.at(h, func(i int) bool { return sameKey(keyAt(i), key) })
	if i := index.slots[at]; i > 0 {
		return int(i - 1)
	}
	index.slots[at] = int32(n + 1)
	d.spent += 2 * costSlot
	return -1
}

// keyIndex is a hash table of keys. It has only their indexes, plus one, because a map takes
// more memory than a long set.
type keyIndex struct{ slots []int32 }

// at returns the slot of the key that same accepts, or the one in which it belongs.
func (x *keyIndex) at(hash uint64, same func(int) bool) int {
	mask := len(x.slots) - 1
	i := int(hash) & mask
	for x.slots[i] > 0 && !same(int(x.slots[i]-1)) {
		i = (i + 1) & mask
	}
	return i
}

// resize makes at least so many slots for the first n keys. Their number is a power of two.
func (x *keyIndex) resize(slots, n int, keyAt func(int) Value) {
	size := 4 * linearLimit
	for size < slots {
		size *= 2
	}
	x.slots = make([]int32, size)
	for i := range n {
		if h, ok := hashKey(keyAt(i)); ok {
			x.slots[x.at(h, func(int) bool { return false })] = int32(i + 1)
		}
	}
}

// hashKey returns the same number for equal keys. It returns false for NaN, which
// does not equal itself.
func hashKey(v Value) (uint64, bool) {
	switch v := v.(type) {
	case *String:
		return hashText(v.held), true
	case None:
		return 0, true
	}
	if n, ok := numberKey(v); ok {
		return maphash.Comparable(seed, n), true
	}
	if _, nan := v.(Float); nan {
		return 0, false
	}
	return maphash.Comparable(seed, v), true
}

func hashText(content []byte) uint64 { return maphash.Bytes(seed, content) }

// numericKey is a number as a Go value that equals another one if Python's numbers
// are equal. Integers of more than 64 bits never equal floats.
type numericKey struct {
	kind byte
	bits uint64
	big  string
}

func numberKey(v Value) (numericKey, bool) {
	switch v := v.(type) {
	case Bool:
		if v {
			return numericKey{kind: 'i', bits: 1}, true
		}
		return numericKey{kind: 'i'}, true
	case Int:
		if v.Big != nil {
			return numericKey{kind: 'b', big: v.Big.Text(62)}, true
		}
		return numericKey{kind: 'i', bits: uint64(v.Small)}, true
	case Float:
		f := float64(v)
		if f == math.Trunc(f) && math.Abs(f) < 1<<63 {
			return numericKey{kind: 'i', bits: uint64(int64(f))}, true
		}
		return numericKey{kind: 'f', bits: math.Float64bits(f)}, f == f
	}
	return numericKey{}, false
}

// sameKey reports whether two keys are equal in Python, as far as [Dict] says.
func sameKey(a, b Value) bool {
	s, ok := a.(*String)
	t, both := b.(*String)
	if ok != both {
		return false
	}
	if ok {
		switch {
		case s == t:
			return true
		case s.ref != nil || t.ref != nil || !bytes.Equal(s.held, t.held):
			return false
		case s.Kind == t.Kind:
			return true
		}
		return s.Kind != Bytes && t.Kind != Bytes && IsASCII(s.held)
	}
	if m, ok := numberKey(a); ok {
		n, ok := numberKey(b)
		return ok && m == n
	}
	if _, nan := a.(Float); nan {
		return false
	}
	if _, ok := numberKey(b); ok {
		return false
	}
	return a == b
}

// checkKey refuses what Python cannot hash, or not in reasonable time.
func (d *decoder) checkKey(v Value) error {
	switch v := v.(type) {
	case *List, *Dict:
		return cause("list or dictionary as a key")
	case *Set:
		if !v.Frozen {
			return cause("set as a key")
		}
	case *String:
		if v.Array {
			return cause("bytearray as a key")
		}
		if v.Len() > heldLimit {
			return causef("key of more than %d bytes", heldLimit)
		}
	case *Tuple:
		return d.checkTuple(v)
	}
	return nil
}

// checkTuple adds up what hashing a tuple would visit, each tuple in it once. A
// tuple can contain itself only through something that has no hash.
func (d *decoder) checkTuple(t *Tuple) error {
	if d.weights == nil {
		d.weights = make(map[*Tuple]int)
	}
	// A tuple stays on the stack, below those in it, until these are done.
	const opened = -1
	todo := []*Tuple{t}
	for len(todo) > 0 {
		t := todo[len(todo)-1]
		switch d.weights[t] {
		case 0:
			d.weights[t] = opened
			d.spent += costSparse
			for _, v := range t.Items {
				if in, ok := v.(*Tuple); ok {
					if d.weights[in] == 0 {
						todo = append(todo, in)
					}
				} else if err := d.checkKey(v); err != nil {
					return err
				}
			}
			continue
		case opened:
			weight := 1
			for _, v := range t.Items {
				switch v := v.(type) {
				case *Tuple:
					weight += d.weights[v]
				case *Texts:
					weight += v.Len()
				default:
					weight++
				}
			}
			if weight > keyWeightLimit {
				return cause("key too large to be hashed")
			}
			d.weights[t] = weight
		}
		todo = todo[:len(todo)-1]
	}
	return nil
}
