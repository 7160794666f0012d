package pycodec

import (
	"encoding/binary"
	"sync"
	"unicode/utf8"
)

// single is a codec of one byte per character.
type single struct {
	// chars are the characters of the bytes; none if a byte has no character.
	chars [256]rune
	bytes map[rune]byte
}

const none = 0xFFFF

var singles = sync.OnceValue(func() map[string]*single {
	all := make(map[string]*single)
	in := numbers{section("single")}
	for len(in.b) > 0 {
		n := int(in.b[0])
		name := string(in.b[1 : 1+n])
		in.b = in.b[1+n:]
		s := &single{bytes: make(map[rune]byte, 256)}
		for i := range s.chars {
			r := rune(binary.BigEndian.Uint16(in.b[2*i:]))
			s.chars[i] = r
			if _, again := s.bytes[r]; r != none && !again {
				s.bytes[r] = byte(i)
			}
		}
		in.b = in.b[512:]
		for range in.unsigned() {
			r, b := rune(in.unsigned()), in.unsigned()
			if b > 255 {
				delete(s.bytes, r)
			} else {
				s.bytes[r] = byte(b)
			}
		}
		all[name] = s
	}
	return all
})

func (s *single) encode(text []rune, replace bool) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		b, ok := s.bytes[r]
		if !ok {
			if b, ok = s.bytes['?']; !ok || !replace {
				return nil, false
			}
		}
		out = append(out, b)
	}
	return out, true
}

func (s *single) decode(b []byte) ([]rune, bool) {
	out := make([]rune, len(b))
	for i, c := range b {
		if out[i] = s.chars[c]; out[i] == none {
			out[i] = replacement
		}
	}
	return out, true
}

const replacement = utf8.RuneError
