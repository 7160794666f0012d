package pickle

import (
	"bytes"
	"math"
)

func (d *decoder) none(*argument) error     { return d.push(None{}, 0) }
func (d *decoder) newTrue(*argument) error  { return d.push(Bool(true), 0) }
func (d *decoder) newFalse(*argument) error { return d.push(Bool(false), 0) }

func (d *decoder) binInt(a *argument) error {
	if a.num < uint64(len(smallInts)) {
		return d.push(smallInts[a.num], costNumber)
	}
	return d.push(Int{Small: int64(a.num)}, costNumber)
}

// smallInts are the numbers that most pickles have, which thus take no memory.
var smallInts = func() (all [16]Value) {
	for i := range all {
		all[i] = Int{Small: int64(i)}
	}
	return all
}()

func (d *decoder) binLong(a *argument) error {
	n := binaryInt(a.data)
	n.Long = true
	return d.push(n, costNumber+2*int64(len(a.data)))
}

func (d *decoder) binFloat(a *argument) error {
	return d.push(Float(math.Float64frombits(a.num)), costNumber)
}

func (d *decoder) intText(a *argument) error {
	n, err := parseInt(a.data)
	if err != nil {
		return err
	}
	// Protocols 0 and 1 write booleans as 00 and 01. CPython goes by the length.
	if len(a.data) == 2 && n.Big == nil && (a.data[1] == '0' && n.Small == 0 || a.data[1] == '1' && n.Small == 1) {
		return d.push(Bool(n.Small == 1), 0)
	}
	return d.push(n, costNumber+int64(len(a.data)))
}

func (d *decoder) longText(a *argument) error {
	n, err := parseInt(a.data)
	if err != nil {
		return err
	}
	n.Long = true
	return d.push(n, costNumber+int64(len(a.data)))
}

func (d *decoder) floatText(a *argument) error {
	f, err := parseFloat(a.data)
	if err != nil {
		return err
	}
	return d.push(f, costNumber)
}

func (d *decoder) byteString(a *argument) error { return d.text(a.text, ByteString, plain) }
func (d *decoder) bytes(a *argument) error      { return d.text(a.text, Bytes, plain) }
func (d *decoder) unicode(a *argument) error    { return d.text(a.text, Unicode, plain) }

func (d *decoder) shortByteString(a *argument) error {
	err := d.text(a.text, ByteString, plain)
	if err == nil {
		d.lastKey = d.stack[len(d.stack)-1].(*String).held
	}
	return err
}

func (d *decoder) byteArray(a *argument) error {
	err := d.text(a.text, Bytes, plain)
	if err == nil {
		d.stack[len(d.stack)-1].(*String).Array = true
	}
	return err
}

func (d *decoder) unicodeText(a *argument) error {
	return d.text(a.text, Unicode, rawUnicodeEscape)
}

// stringText removes the quotes. After the closing quote Python 2 allows bytes up
// to the blank, Python 3 nothing.
func (d *decoder) stringText(a *argument) error {
	l := a.text
	if l.ink < 2 {
		return cause("string without quotes")
	}
	end := d.src.at
	first, err := d.byteAt(l.off)
	if err != nil {
		return err
	}
	last, err := d.byteAt(l.off + l.ink - 1)
	if err != nil {
		return err
	}
	if first != last || first != '\'' && first != '"' {
		return cause("string without quotes")
	}
	err = d.text(line{off: l.off + 1, n: l.ink - 2}, ByteString, stringEscape)
	d.src.at = end
	return err
}

func (d *decoder) byteAt(off int64) (byte, error) {
	d.src.at = off
	b, err := d.src.next(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// text pushes the string that is stored at l.
func (d *decoder) text(l line, kind StringKind, c coding) error {
	if d.pack != nil {
		packed, err := d.packText(l, kind, c)
		if packed || err != nil {
			return err
		}
	}
	s := d.slab.strings.one()
	s.Kind = kind
	end := d.src.at
	var err error
	switch {
	case d.src.whole && c == plain, l.n <= heldLimit:
		err = d.hold(s, l, c)
	default:
		err = d.refer(s, l, c)
	}
	if err != nil {
		return err
	}
	// A newline follows the line.
	d.src.at = end
	return d.push(s, costString)
}

// hold reads a string into memory.
func (d *decoder) hold(s *String, l line, c coding) error {
	d.src.at = l.off
	raw, err := d.src.next(int(l.n))
	if err != nil {
		return err
	}
	if c != plain && IsASCII(raw) && bytes.IndexByte(raw, '\\') < 0 {
		c = plain
	} else if c == plain && s.Kind == Unicode && !IsASCII(raw) {
		if _, err := checkUTF8(raw, true); err != nil {
			return err
		}
	}
	switch {
	case c == plain && d.src.whole:
		s.held = raw
	case c == plain:
		d.spent += l.n
		s.held = append(d.slab.room(len(raw)), raw...)
	default:
		n := len(raw)
		if c == rawUnicodeEscape {
			n *= 2
		}
		d.spent += int64(n)
		if s.held, _, err = c.decode(d.slab.room(n), raw, true); err != nil {
			return err
		}
	}
	return nil
}

// refer leaves a string in the file. It does not read a string whose length is known,
// unless that is Unicode and short enough to check now. Otherwise a claim, which needs no
// text, would take as long as the message is.
func (d *decoder) refer(s *String, l line, c coding) error {
	ref := &reference{off: l.off, raw: l.n, coding: c, size: l.n}
	s.ref = ref
	d.spent += 2 * costString
	switch {
	case c == plain && s.Kind != Unicode:
	case c == plain && l.n > checkLimit:
		d.unchecked = append(d.unchecked, s)
	default:
		if err := d.measure(ref); err != nil {
			return err
		}
	}
	// file may return the window, so it is called only when the window is filled.
	ref.file = d.src.file()
	return nil
}

// measure checks a string that is to stay in the file, and finds the length of its
// content.
func (d *decoder) measure(ref *reference) error {
	ref.size = 0
	return d.src.walk(ref.off, ref.raw, func(b []byte, last bool) (took int, err error) {
		if ref.coding == plain {
			took, err = checkUTF8(b, last)
			ref.size += int64(took)
			return took, err
		}
		d.scratch, took, err = ref.coding.decode(d.scratch[:0], b, last)
		ref.size += int64(len(d.scratch))
		return took, err
	})
}
