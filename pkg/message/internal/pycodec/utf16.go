package pycodec

import (
	"encoding/binary"
	"unicode/utf16"
)

// utf16codec is UTF-16, with or without a byte order mark.
type utf16codec struct {
	python    Python
	mark, big bool
}

func order(big bool) binary.ByteOrder {
	if big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// encodable returns the character that is written for r. Python 3 does not encode
// surrogates: it writes a question mark instead, or fails.
func (p Python) encodable(r rune, replace bool) (rune, bool) {
	if p != Python3 || !utf16.IsSurrogate(r) {
		return r, true
	}
	return '?', replace
}

func (u utf16codec) encode(text []rune, replace bool) ([]byte, bool) {
	out := make([]byte, 0, 2*len(text)+2)
	put := func(r rune) {
		if u.big {
			out = append(out, byte(r>>8), byte(r))
		} else {
			out = append(out, byte(r), byte(r>>8))
		}
	}
	if u.mark {
		put(0xFEFF)
	}
	for _, r := range text {
		r, ok := u.python.encodable(r, replace)
		if !ok {
			return nil, false
		}
		if r >= 0x10000 {
			high, low := utf16.EncodeRune(r)
			put(high)
			r = low
		}
		put(r)
	}
	return out, true
}

func (u utf16codec) decode(b []byte) ([]rune, bool) {
	big := u.big
	if u.mark && len(b) >= 2 {
		switch [2]byte(b) {
		case [2]byte{0xFF, 0xFE}:
			b = b[2:]
		case [2]byte{0xFE, 0xFF}:
			big, b = true, b[2:]
		}
	}
	o := order(big)
	out := make([]rune, 0, len(b)/2+1)
	for len(b) >= 2 {
		r := rune(o.Uint16(b))
		b = b[2:]
		switch {
		case !utf16.IsSurrogate(r):
			out = append(out, r)
			continue
		case len(b) < 2:
			return append(out, replacement), true
		case r < 0xDC00 && isPair(r, rune(o.Uint16(b))):
			out = append(out, utf16.DecodeRune(r, rune(o.Uint16(b))))
			b = b[2:]
			continue
		}
		out = append(out, replacement)
	}
	if len(b) > 0 {
		out = append(out, replacement)
	}
	return out, true
}

// utf32codec is UTF-32.
type utf32codec struct {
	python    Python
	mark, big bool
}

func (u utf32codec) encode(text []rune, replace bool) ([]byte, bool) {
	out := make([]byte, 0, 4*len(text)+4)
	put := func(r rune) {
		if u.big {
			out = append(out, byte(r>>24), byte(r>>16), byte(r>>8), byte(r))
		} else {
			out = append(out, byte(r), byte(r>>8), byte(r>>16), byte(r>>24))
		}
	}
	if u.mark {
		put(0xFEFF)
	}
	for _, r := range text {
		r, ok := u.python.encodable(r, replace)
		if !ok {
			return nil, false
		}
		put(r)
	}
	return out, true
}

func (u utf32codec) decode(b []byte) ([]rune, bool) {
	big := u.big
	if u.mark && len(b) >= 4 {
		switch [4]byte(b) {
		case [4]byte{0xFF, 0xFE, 0, 0}:
			b = b[4:]
		case [4]byte{0, 0, 0xFE, 0xFF}:
			big, b = true, b[4:]
		}
	}
	o := order(big)
	out := make([]rune, 0, len(b)/4+1)
	for len(b) >= 4 {
		r := o.Uint32(b)
		if r > 0x10FFFF {
			r = replacement
		}
		out = append(out, rune(r))
		b = b[4:]
	}
	if len(b) > 0 {
		out = append(out, replacement)
	}
	return out, true
}

// internal is unicode_internal: characters as Python 2 holds them in memory.
type internal struct{}

func (internal) encode(text []rune, _ bool) ([]byte, bool) {
	return utf32codec{python: Python2}.encode(text, false)
}

func (internal) decode(b []byte) ([]rune, bool) { return utf32codec{}.decode(b) }
