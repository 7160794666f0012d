package message

import (
	"encoding/base64"
	"strings"
)

// What is here follows email/header.py and email/charset.py of Python 2.7, where
// a Header is folded whatever the Generator was told.

// headerLimit is the length in bytes of a Header's chunks up to which it is
// folded. There are none as long in mail; folding takes a while.
const headerLimit = 16 << 10

// encode2 is Python 2's Header.encode. Where that fails it is what is stored.
func (h header) encode2() string {
	if h.size() > headerLimit {
		return h.stored()
	}
	f := folder2{first: h.number("_firstlinelen", 76), rest: h.number("_maxlinelen", 75), ws: h.continuation()}
	lastLen := 0
	for _, w := range h.joined(false) {
		// What remains of the line, less the blank between encoded words.
		target := f.first - lastLen - 1
		if target < w.charset.encodedLen("") {
			target = f.first
		}
		if !f.split(w, target) {
			return h.stored()
		}
		last := f.pieces[len(f.pieces)-1]
		lastLen = last.charset.encodedLen(last.text)
	}
	text := f.join()
	if embedsField(text) {
		return h.stored()
	}
	return text
}

type folder2 struct {
	first, rest int
	ws          string
	pieces      []word
}

// split cuts a chunk into pieces that fit into lines. It is false where Python
// would not come to an end.
func (f *folder2) split(w word, maxLen int) bool {
	cs := w.charset
	// Splittable is text if the input codec is known, else bytes.
	text, isText := w.text, w.wide
	if !isText && cs.in != "" {
		if t, ok := decodeReplacing(cs.in, text); ok {
			text, isText = t, true
		}
	}
	for stuck := false; ; {
		runes := []rune(nil)
		encoded := text
		if isText {
			runes = []rune(text)
			if cs.out != "" {
				b, ok := encodeLossy(cs.out, text)
				if !ok {
					return false
				}
				encoded = string(b)
			}
		}
		size := cs.encodedLen(encoded)
		if size <= maxLen {
			f.pieces = append(f.pieces, word{text: encoded, charset: cs})
			return true
		}
		switch cs.name {
		case "8bit":
			f.pieces = append(f.pieces, word{text: w.text, charset: cs})
			return true
		case "us-ascii":
			for _, line := range f.splitASCII(text, maxLen, f.rest, ";, ") {
				f.pieces = append(f.pieces, word{text: line, charset: cs})
			}
			return true
		}
		cut := maxLen
		if isText {
			stored := len(encoded)
			if cs.in != cs.out {
				if b, ok := encodeLossy(cs.in, text); ok {
					stored = len(b)
				}
			}
			if size != stored {
				cut = f.fits(cs, runes, maxLen)
			}
			if cut = max(0, min(cut, len(runes))); cut == 0 && stuck {
				return false
			}
			first, ok := encodeLossy(cs.out, string(runes[:cut]))
			if cs.out == "" || !ok {
				return false
			}
			f.pieces = append(f.pieces, word{text: string(first), charset: cs})
			text = string(runes[cut:])
		} else {
			if size != len(text) {
				cut = f.fitsBytes(cs, text, maxLen)
			}
			if cut = max(0, min(cut, len(text))); cut == 0 && stuck {
				return false
			}
			f.pieces = append(f.pieces, word{text: text[:cut], charset: cs})
			text = text[cut:]
		}
		// A first line may be too short for anything; the others are all of one
		// length.
		stuck = cut == 0 && maxLen == f.rest
		maxLen = f.rest
	}
}

// fits is _binsplit: how many characters fit into a line.
func (f *folder2) fits(cs charset, runes []rune, maxLen int) int {
	// Each takes a byte at least.
	i, j := 0, min(len(runes), max(maxLen, 0)+1)
	for i < j {
		m := (i + j + 1) >> 1
		b, ok := encodeLossy(cs.out, string(runes[:m]))
		if ok && cs.encodedLen(string(b)) <= maxLen {
			i = m
		} else {
			j = m - 1
		}
	}
	return i
}

func (f *folder2) fitsBytes(cs charset, text string, maxLen int) int {
	i, j := 0, min(len(text), max(maxLen, 0)+1)
	for i < j {
		m := (i + j + 1) >> 1
		if cs.encodedLen(text[:m]) <= maxLen {
			i = m
		} else {
			j = m - 1
		}
	}
	return i
}

// encodedLen is encoded_header_len.
func (cs charset) encodedLen(text string) int {
	const chrome = len("=??q??=")
	b := []byte(text)
	switch cs.encoding {
	case encodingB:
		return base64.StdEncoding.EncodedLen(len(b)) + len(cs.output) + chrome
	case encodingQ:
		return lenQ(b) + len(cs.output) + chrome
	case encodingShort:
		return min(base64.StdEncoding.EncodedLen(len(b)), lenQ(b)) + len(cs.output) + chrome
	}
	return len(b)
}

// join is _encode_chunks: it encodes the pieces and fills lines with them.
func (f *folder2) join() string {
	var lines []string
	for _, p := range f.pieces {
		if p.text == "" {
			continue
		}
		s := p.text
		if p.charset.encoding != encodingNone {
			s = p.charset.word2(p.text)
		}
		n := len(lines)
		if n == 0 || len(lines[n-1])+len(s) > f.first {
			lines = append(lines, strings.TrimLeft(s, blanks2))
			continue
		}
		if !strings.HasSuffix(lines[n-1], " ") {
			lines[n-1] += " "
		}
		lines[n-1] += s
	}
	return strings.Join(lines, "\n"+f.ws)
}

// word2 is header_encode: one encoded word in Q, as many as lines of 76 take
// in B.
func (cs charset) word2(text string) string {
	b := []byte(crlf(text))
	if !cs.inB([]byte(text)) {
		return "=?" + cs.output + "?q?" + string(appendQ(nil, b)) + "?="
	}
	size := (76 - len(cs.output) - len("=??b??=")) * 3 / 4
	if size <= 0 {
		size = len(b)
	}
	var words []string
	for len(b) > 0 {
		n := min(size, len(b))
		words = append(words, "=?"+cs.output+"?b?"+base64.StdEncoding.EncodeToString(b[:n])+"?=")
		b = b[n:]
	}
	return strings.Join(words, "\n ")
}

// crlf is fix_eols.
func crlf(s string) string {
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	var out strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\n' && (i == 0 || s[i-1] != '\r'):
			out.WriteString("\r\n")
		case c == '\r' && (i+1 == len(s) || s[i+1] != '\n'):
			out.WriteString("\r\n")
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

const blanks2 = " \t\n\v\f\r"

// splitASCII is _split_ascii: lines are broken at semicolons, else at commas,
// else at blanks.
func (f *folder2) splitASCII(s string, firstLen, restLen int, splitChars string) []string {
	var lines []string
	maxLen := firstLen
	wsLen := len(strings.ReplaceAll(f.ws, "\t", "        "))
	for _, line := range splitLines2(s) {
		line = strings.TrimLeft(line, blanks2)
		at := strings.IndexFunc(splitChars, func(c rune) bool { return strings.ContainsRune(line, c) })
		if len(line) < maxLen || at < 0 {
			lines = append(lines, line)
			maxLen = restLen
			continue
		}
		ch := splitChars[at]
		end := string(ch)
		if ch == ' ' {
			end = ""
		}
		joiner := end + " "
		var this []string
		lineLen := 0
		for _, part := range cutAt(line, ch) {
			curLen := lineLen + max(0, len(this)-1)*len(joiner)
			switch {
			case ch == ' ' && len(lines) == 0 && len(this) == 1 && isFieldName(this[0]):
				this = append(this, part)
				lineLen += len(part)
			case curLen+len(part) > maxLen:
				if len(this) > 0 {
					lines = append(lines, strings.Join(this, joiner)+end)
				}
				if len(part) > maxLen && ch != ' ' {
					sub := f.splitASCII(part, maxLen, restLen, " ")
					lines = append(lines, sub[:len(sub)-1]...)
					this = sub[len(sub)-1:]
				} else {
					this = []string{part}
				}
				lineLen = wsLen + len(this[len(this)-1])
				maxLen = restLen
			default:
				this = append(this, part)
				lineLen += len(part)
			}
		}
		if len(this) > 0 {
			lines = append(lines, strings.Join(this, joiner))
		}
	}
	return lines
}

// cutAt cuts at c and the blanks behind it.
func cutAt(s string, c byte) (parts []string) {
	for {
		part, rest, found := strings.Cut(s, string(c))
		parts = append(parts, part)
		if !found {
			return parts
		}
		s = strings.TrimLeft(rest, blanks2)
	}
}

// isFieldName is fcre: visible characters and a colon.
func isFieldName(s string) bool {
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return len(s) > 1 && s[len(s)-1] == ':'
}

// splitLines2 is Python 2's str.splitlines.
func splitLines2(s string) (lines []string) {
	for s != "" {
		i := strings.IndexAny(s, "\r\n")
		if i < 0 {
			return append(lines, s)
		}
		lines = append(lines, s[:i])
		if strings.HasPrefix(s[i:], "\r\n") {
			i++
		}
		s = s[i+1:]
	}
	return lines
}
