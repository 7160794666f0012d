package pycodec

// reader is the state of decoding ISO 2022.
type reader struct {
	iso2022
	// g are the marks of the charsets that are designated as G0, G1 and G2.
	g       [3]byte
	shifted bool
	// foreign says that an escape sequence of another kind is copied.
	foreign bool
}

func (s iso2022) decode(b []byte) ([]rune, bool) {
	r := reader{iso2022: s, g: [3]byte{ascii, ascii, ascii}}
	out := make([]rune, 0, len(b))
	for len(b) > 0 {
		n := 0
		out, n = r.step(out, b)
		b = b[min(n, len(b)):]
	}
	return out, true
}

// step reads a character or an escape sequence, and returns its length.
func (r *reader) step(out []rune, b []byte) ([]rune, int) {
	c := b[0]
	switch {
	case r.foreign:
		r.foreign = !endsEscape(c)
		return append(out, rune(c)), 1
	case c == esc && len(b) < 2:
		return append(out, replacement), 1
	case c == esc:
		return r.escape(out, b)
	case r.shifts && (c == si || c == so):
		r.shifted = c == so
		return out, 1
	case c == '\n':
		r.shifted = false
		return append(out, '\n'), 1
	case c < 0x20:
		return append(out, rune(c)), 1
	case c >= 0x80:
		return append(out, replacement), 1
	}
	mark := r.g[0]
	if r.shifted {
		mark = r.g[1]
	}
	if mark == ascii {
		return append(out, rune(c)), 1
	}
	n := 1
	if mark&double != 0 {
		n = 2
	}
	if set, ok := r.set(mark); ok && set.chars != nil && len(b) >= n {
		if chars, ok := set.chars(out, b); ok {
			return chars, n
		}
	}
	return append(out, replacement), n
}

func (r *reader) set(mark byte) (charset, bool) {
	for _, set := range r.sets {
		if set.mark == mark {
			return set, true
		}
	}
	return charset{}, false
}

func endsEscape(c byte) bool { return 'A' <= c && c <= 'Z' || c == '@' }

// escape reads a sequence that begins with ESC and has at least one more byte.
func (r *reader) escape(out []rune, b []byte) ([]rune, int) {
	switch b[1] {
	case '(', ')', '$', '.', '&':
	case 'N':
		if r.singles {
			return r.single(out, b)
		}
		fallthrough
	default:
		r.foreign = true
		return append(out, esc), 1
	}
	const longest = 16
	n := 0
	for i := 1; i < longest; i++ {
		if i >= len(b) {
			return append(out, replacement), len(b)
		}
		if endsEscape(b[i]) {
			n = i + 1
			break
		}
		if !r.shifts && i+1 < len(b) && b[i] == '&' && b[i+1] == '@' {
			i += 2
		}
	}
	if n == 0 {
		return append(out, replacement), 1
	}
	if to, mark, ok := r.designation(b[:n]); ok {
		r.g[to] = mark
		return out, n
	}
	return append(out, replacement), n
}

// designation returns which charset an escape sequence designates, and as which of
// G0, G1 and G2.
func (r *reader) designation(b []byte) (to int, mark byte, ok bool) {
	switch {
	case len(b) == 3 && b[1] == '$':
		mark = b[2] | double
	case len(b) == 3 && b[1] == '(':
		mark = b[2]
	case len(b) == 3 && b[1] == ')':
		to, mark = 1, b[2]
	case len(b) == 3 && b[1] == '.' && r.singles:
		to, mark = 2, b[2]
	case len(b) == 4 && b[1] == '$' && b[2] == '(':
		mark = b[3] | double
	case len(b) == 4 && b[1] == '$' && b[2] == ')':
		to, mark = 1, b[3]|double
	case len(b) == 6 && !r.shifts && b[3] == esc && b[4] == '$' && b[5] == 'B':
		// The prefix says which edition of JIS X 0208 it is.
		mark = 'B' | double
	default:
		return 0, 0, false
	}
	if mark == ascii {
		return to, mark, true
	}
	_, ok = r.set(mark)
	return to, mark, ok
}

// single reads one character of G2.
func (r *reader) single(out []rune, b []byte) ([]rune, int) {
	if len(b) < 3 {
		return append(out, replacement), len(b)
	}
	c := b[2]
	char := rune(none)
	switch {
	case r.g[2] == latin1 && c < 0x80:
		char = rune(c) | 0x80
	case r.g[2] == greek:
		char = oldGreek(c ^ 0x80)
	case r.g[2] == ascii && c < 0x80:
		char = rune(c)
	}
	if char == none {
		char = replacement
	}
	return append(out, char), 3
}

// oldGreek is ISO 8859-7 before 2003.
func oldGreek(c byte) rune {
	switch c {
	case 0xA4, 0xA5, 0xAA:
		return none
	}
	return singles()["iso8859_7"].chars[c]
}
