package queue

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"strconv"
	"strings"
)

// packed is the name of an entry in 32 bytes, without a pointer: a deep queue has a million
// names. An ID takes four times as much.
//
// The digest is in the name in lower case, and the time as its whole seconds, a point, and
// 1 to 7 digits, as Python writes every present time. Any other name is odd: [oddNames]
// keeps its text.
type packed struct {
	time   float64
	digest [20]byte
	// form has, from the highest bit on, the state (2 bits), the number of digits after
	// the point (3 bits), and these digits as a number (27 bits). Without digits the name
	// is odd, and the number is its index in oddNames.
	form uint32
}

const (
	numberBits = 27
	mostDigits = 7
)

func form(s State, digits, number int) uint32 {
	return uint32(s-1)<<30 | uint32(digits)<<numberBits | uint32(number)
}

func (p *packed) state() State { return State(p.form>>30) + 1 }
func (p *packed) digits() int  { return int(p.form >> numberBits & 7) }
func (p *packed) number() int  { return int(p.form & (1<<numberBits - 1)) }

// pack packs a name that plainName has parsed. ok is false if the name is odd.
func pack(base []byte, s State, seconds int64) (p packed, ok bool) {
	when, digest := base[:len(base)-digestDigits-1], (*[digestDigits]byte)(base[len(base)-digestDigits:])
	point := bytes.IndexByte(when, '.')
	digits := len(when) - point - 1
	if digits < 1 || digits > mostDigits || when[0] == '0' && point > 1 || !unhex(&p.digest, digest) {
		return packed{}, false
	}
	number := 0
	for _, c := range when[point+1:] {
		number = number*10 + int(c-'0')
	}
	power := powers[digits]
	if exact := seconds*power + int64(number); exact < 1<<53 {
		// Both are floats without an error, so their quotient is the nearest one.
		p.time = float64(exact) / float64(power)
	} else {
		p.time, _ = strconv.ParseFloat(string(when), 64)
	}
	p.form = form(s, digits, number)
	return p, int64(p.time) == seconds // .9999999 may be rounded up to the next second
}

var powers = [...]int64{1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000}

// appendBase appends the file base of a name that is not odd.
func (p *packed) appendBase(b []byte) []byte {
	b = strconv.AppendInt(b, int64(p.time), 10)
	b = append(b, '.')
	number := p.number()
	for power := powers[p.digits()] / 10; power > 0; power /= 10 {
		b = append(b, '0'+byte(int64(number)/power%10))
	}
	b = append(b, '+')
	return hex.AppendEncode(b, p.digest[:])
}

// oddNames has the file names of the odd names among packed ones.
type oddNames []string

// add packs an odd name.
func (o *oddNames) add(id ID, s State) packed {
	*o = append(*o, id.Name(s))
	return packed{id.time, id.digest, form(s, 0, len(*o)-1)}
}

// compare orders names as ID.Compare does, and then by the state.
func (o oddNames) compare(a, b *packed) int {
	// Few names have equal times.
	switch {
	case a.time < b.time:
		return -1
	case a.time > b.time:
		return 1
	}
	if c := bytes.Compare(a.digest[:], b.digest[:]); c != 0 {
		return c
	}
	x, y := o.file(a), o.file(b)
	return cmp.Or(strings.Compare(x.ID.base, y.ID.base), cmp.Compare(x.State, y.State))
}

// file returns the file that has the name p.
func (o oddNames) file(p *packed) File {
	s := p.state()
	ext := s.Ext()
	var name string
	if p.digits() == 0 {
		name = o[p.number()]
	} else {
		name = string(append(p.appendBase(make([]byte, 0, 80)), ext...))
	}
	return File{Name: name, ID: ID{name[:len(name)-len(ext)], p.time, p.digest}, State: s}
}
