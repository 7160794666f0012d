package pickle

import "math/big"

// Value is anything that a pickle can hold, as data. From [Decode] it is one of
// [None], [Bool], [Int], [Float], *[String], *[Tuple], *[List], *[Dict], *[Set],
// *[Global] and *[Object]; [Simplify] adds *[Moment] and [Delta], and [Reader.Pack]
// *[Texts] and *[Groups]. Containers may be shared or contain themselves, so code that walks them must
// limit how far it goes.
type Value interface{ value() }

// None is Python's None.
type None struct{}

// Bool is True or False.
type Bool bool

// Int is an int or long of any size.
type Int struct {
	// Small holds the number while Big is nil.
	Small int64
	Big   *big.Int
	// Long says that the pickle has an opcode for longs, a type of its own in
	// Python 2.
	Long bool
}

// Float is a 64-bit float.
type Float float64

// StringKind tells the three Python string types apart.
type StringKind uint8

const (
	// ByteString is Python 2's str: bytes that are also text.
	ByteString StringKind = iota
	// Unicode is Python 2's unicode and Python 3's str.
	Unicode
	// Bytes is Python 3's bytes and bytearray.
	Bytes
)

// Tuple is a tuple.
type Tuple struct {
	Items []Value
	node
}

// List is a list.
type List struct {
	Items []Value
	node
}

// Pair is a key of a dictionary with its value.
type Pair struct{ Key, Value Value }

// Dict is a dictionary. Its pairs are in the order in which the pickle sets them; a
// key that is set again keeps its first place and takes the later value. Numbers
// and strings are the same key if they are in Python (1, 1.0 and True; Python 2's
// 'a' and u'a'). Tuples and objects are the same key only if they are one object.
type Dict struct {
	Pairs []Pair
	node
}

// Set is a set or a frozenset.
type Set struct {
	Items  []Value
	Frozen bool
	node
}

// Global is the name of a class or a function. It is only a name and is never
// looked up.
type Global struct{ Module, Name string }

// Object describes what Python would have made by calling something: the call and
// the state. Nothing was called.
type Object struct {
	// Callable is the class or function, usually a *Global.
	Callable Value
	// Args is what it would be called with: a *Tuple.
	Args Value
	// Kwargs is the *Dict that NEWOBJ_EX adds, or nil.
	Kwargs Value
	// State is BUILD's argument, or nil.
	State Value
	// Items and Pairs are what APPENDS and SETITEMS put into it.
	Items []Value
	Pairs []Pair
	// How names the opcode that made it: "INST", "OBJ", "NEWOBJ",
	// "NEWOBJ_EX" or "REDUCE".
	How string
	node
}

// node is what the decoder knows about a container: how deep the containers in it
// are nested, and whether it is part of another one.
type node struct {
	depth    int32
	attached bool
}

// nodeOf returns the node of a container. It returns nil for any other value.
func nodeOf(v Value) *node {
	switch v := v.(type) {
	case *Tuple:
		return &v.node
	case *List:
		return &v.node
	case *Dict:
		return &v.node
	case *Set:
		return &v.node
	case *Object:
		return &v.node
	}
	return nil
}

// Get returns the value of a key that is a string, or nil. It compares the keys one
// by one.
func (d *Dict) Get(key string) Value {
	if i := d.index(key); i >= 0 {
		return d.Pairs[i].Value
	}
	return nil
}

func (d *Dict) index(key string) int {
	for i, p := range d.Pairs {
		if s, ok := p.Key.(*String); ok && s.ref == nil && s.Kind != Bytes && string(s.held) == key {
			return i
		}
	}
	return -1
}

// Replace gives a key that is a string, and that the dictionary has, another value.
func (d *Dict) Replace(key string, v Value) {
	if i := d.index(key); i >= 0 {
		d.Pairs[i].Value = v
	}
}

func (None) value()    {}
func (Bool) value()    {}
func (Int) value()     {}
func (Float) value()   {}
func (*String) value() {}
func (*Tuple) value()  {}
func (*List) value()   {}
func (*Dict) value()   {}
func (*Set) value()    {}
func (*Global) value() {}
func (*Object) value() {}
