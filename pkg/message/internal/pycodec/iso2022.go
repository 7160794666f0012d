package pycodec

// iso2022 is a codec that switches between charsets by escape sequences.
type iso2022 struct {
	sets []charset
	// shifts says that SO and SI switch to and from the second set (G1). singles
	// says that ESC N takes one character from the third (G2).
	shifts, singles bool
}

// charset is a charset that text can be in. mark names it in escape sequences; its
// high bit says that characters take two bytes.
type charset struct {
	mark byte
	// second says that the charset is written in G1.
	second bool
	find   func(text []rune) (code uint32, n int)
	chars  func(out []rune, b []byte) ([]rune, bool)
}

const (
	double = 0x80

	ascii  = 'B'
	latin1 = 'A'
	greek  = 'F'
)

func newISO2022(python Python, name string) coder {
	jp := tableNamed("euc_jp")
	x0208 := plane(jp, 'B', 0)
	x0208old := plane(jp, '@', 0)
	x0212 := plane(jp, 'D', ss3)
	switch name {
	case "kr":
		ks := plane(tableNamed("euc_kr"), 'C', 0)
		ks.second = true
		return iso2022{sets: []charset{ks}, shifts: true}
	case "jp":
		return iso2022{sets: []charset{x0208, roman, x0208old}}
	case "jp_1":
		return iso2022{sets: []charset{x0208, x0212, roman, x0208old}}
	case "jp_2":
		return iso2022{singles: true, sets: []charset{
			x0208, x0212, plane(tableNamed("euc_kr"), 'C', 0), plane(tableNamed("gb2312"), 'A', 0),
			roman, x0208old, {mark: latin1}, {mark: greek},
		}}
	case "jp_ext":
		return iso2022{sets: []charset{x0208, x0212, roman, kana, x0208old}}
	case "jp_3":
		return x0213(python, "euc_jisx0213", 'O', x0208)
	case "jp_2004":
		return x0213(python, "euc_jis_2004", 'Q', x0208)
	}
	return nil
}

// x0213 returns a codec that prefers JIS X 0208 for single characters. Python 2
// does not find pairs of characters.
func x0213(python Python, name string, mark byte, x0208 charset) coder {
	t := tableNamed(name)
	first := plane(t, mark, 0)
	inFirst := first.find
	first.find = func(text []rune) (uint32, int) {
		if text[0] == 0xFF5E {
			// EUC has its own place for the tilde.
			return 0, 1
		}
		return inFirst(text)
	}
	pairs := first
	pairs.find = func(text []rune) (uint32, int) {
		if code, n := inFirst(text); n == 2 {
			return code, n
		}
		return 0, 1
	}
	if python == Python2 {
		alone := first.find
		first.find = func(text []rune) (uint32, int) { return alone(text[:1]) }
		pairs.find = nil
	}
	second := plane(t, 'P', ss3)
	// Python decodes the second plane of the edition of 2000 as that of 2004.
	second.chars = plane(tableNamed("euc_jis_2004"), 'P', ss3).chars
	only := func(code uint32) bool {
		// The other rows belong to JIS X 0212.
		row := code >> 8 & 0x7F
		return row == 0x21 || 0x23 <= row && row <= 0x25 || row == 0x28 || 0x2C <= row && row <= 0x2F || row >= 0x6E
	}
	find, chars := second.find, second.chars
	second.find = func(text []rune) (uint32, int) {
		if code, n := find(text); only(code) {
			return code, n
		}
		return 0, 1
	}
	second.chars = func(out []rune, b []byte) ([]rune, bool) {
		if !only(uint32(b[0]) << 8) {
			return out, false
		}
		return chars(out, b)
	}
	return iso2022{sets: []charset{pairs, x0208, first, second}}
}

// plane returns a part of an EUC table: the codes of two bytes, or those of two
// bytes after lead.
func plane(t *table, mark byte, lead uint32) charset {
	return charset{
		mark: mark | double,
		find: func(text []rune) (uint32, int) {
			code, n := t.codeOf(text)
			if code>>16 != lead || code < 0xA1A1 || code&0x80 == 0 {
				return 0, 1
			}
			return code & 0x7F7F, n
		},
		chars: func(out []rune, b []byte) ([]rune, bool) {
			if (b[0]|b[1])&0x80 != 0 {
				return out, false
			}
			return t.appendChars(out, lead<<16|uint32(b[0]|0x80)<<8|uint32(b[1]|0x80))
		},
	}
}

// roman is the ASCII half of JIS X 0201, in which two characters differ.
var roman = charset{
	mark: 'J',
	find: func(text []rune) (uint32, int) {
		switch text[0] {
		case 0xA5:
			return '\\', 1
		case 0x203E:
			return '~', 1
		}
		return 0, 1
	},
	chars: func(out []rune, b []byte) ([]rune, bool) {
		switch b[0] {
		case '\\':
			return append(out, 0xA5), true
		case '~':
			return append(out, 0x203E), true
		}
		return append(out, rune(b[0])), b[0] < 0x80
	},
}

// kana is the other half of JIS X 0201.
var kana = charset{
	mark: 'I',
	find: func(text []rune) (uint32, int) {
		if r := text[0]; 0xFF61 <= r && r <= 0xFF9F {
			return uint32(r - 0xFF40), 1
		}
		return 0, 1
	},
	chars: func(out []rune, b []byte) ([]rune, bool) {
		if b[0] < 0x21 || b[0] > 0x5F {
			return out, false
		}
		return append(out, 0xFF40+rune(b[0])), true
	},
}

const (
	esc = 0x1B
	so  = 0x0E
	si  = 0x0F
)

// writer is the state of encoding.
type writer struct {
	out     []byte
	g0, g1  byte
	shifted bool
}

// ascii switches to ASCII.
func (w *writer) ascii() {
	if w.g0 != ascii {
		w.out = append(w.out, esc, '(', 'B')
		w.g0 = ascii
	}
	w.unshift()
}

func (w *writer) unshift() {
	if w.shifted {
		w.out = append(w.out, si)
		w.shifted = false
	}
}

// use switches to a charset.
func (w *writer) use(c charset) {
	if c.second {
		if w.g1 != c.mark {
			w.out = append(w.out, esc, '$', ')', c.mark&^double)
			w.g1 = c.mark
		}
		if !w.shifted {
			w.out = append(w.out, so)
			w.shifted = true
		}
		return
	}
	w.unshift()
	switch {
	case w.g0 == c.mark:
		return
	case c.mark&double == 0:
		w.out = append(w.out, esc, '(', c.mark)
	case c.mark == 'B'|double:
		w.out = append(w.out, esc, '$', 'B')
	default:
		w.out = append(w.out, esc, '$', '(', c.mark&^double)
	}
	w.g0 = c.mark
}

func (s iso2022) encode(text []rune, replace bool) ([]byte, bool) {
	w := writer{out: make([]byte, 0, 2*len(text)+8), g0: ascii, g1: ascii}
	for len(text) > 0 {
		r := text[0]
		set, code, n := s.find(text)
		if code == 0 && (r < 0 || r >= 0x80) {
			if !replace {
				return nil, false
			}
			r = '?'
		}
		switch {
		case code == 0:
			w.ascii()
			w.out = append(w.out, byte(r))
		case set.mark&double != 0:
			w.use(set)
			w.out = append(w.out, byte(code>>8), byte(code))
		default:
			w.use(set)
			w.out = append(w.out, byte(code))
		}
		text = text[n:]
	}
	w.unshift()
	if w.g0 != ascii {
		w.out = append(w.out, esc, '(', 'B')
	}
	return w.out, true
}

func (s iso2022) find(text []rune) (charset, uint32, int) {
	if 0 <= text[0] && text[0] < 0x80 {
		return charset{}, 0, 1
	}
	for _, set := range s.sets {
		if set.find == nil {
			continue
		}
		if code, n := set.find(text); code != 0 {
			return set, code, n
		}
	}
	return charset{}, 0, 1
}
