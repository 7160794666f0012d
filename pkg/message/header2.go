package message

import (
	"encoding/base64"
	"strings"

	"switchboard/pkg/pickle"
)

// What is here follows email/header.py and email/charset.py of Python 2.7, where
// a Header is folded whatever the Generator was told.

// headerLimit is the length in bytes of a Header's chunks up to which it is
// folded as in Python. There are none as long in mail; folding takes time by the
// square of the length, and Python fails soon after that.
const headerLimit = 16 << 10

// foldDepth is where Python 2 fails: each line is a call of _split.
const foldDepth = 990

// encode2 is Python 2's Header.encode. Where that fails, or work is used up, it
// is the same text in encoded words that any reader decodes. work is in bytes.
func (h header) encode2(work *int64) string {
	words := h.joined(false)
	if text, ok := h.fold(words, work); ok {
		return text
	}
	ws := "\n" + h.continuation()
	if embedsField(ws + "x") {
		ws = "\n "
	}
	var out []string
	for _, w := range words {
		out = w.appendReadable(out)
	}
	return strings.Join(out, ws)
}

// appendReadable appends a chunk as it is if it is plain, else as encoded words
// in UTF-8, or of its bytes.
func (w word) appendReadable(out []string) []string {
	text := string(unescape([]byte(w.text)))
	if w.charset.encoding == encodingNone && pickle.IsASCII([]byte(text)) && !strings.ContainsAny(text, "\r\n") {
		if text != "" {
			out = append(out, text)
		}
		return out
	}
	if !w.wide {
		if decoded, ok := decodeWhole(w.charset.in, w.text); ok {
			text = decoded
		}
	}
	return appendFallback(out, []byte(text))
}

func (h header) fold(words []word, work *int64) (string, bool) {
	if h.size() > headerLimit {
		return "", false
	}
	f := folder2{
		first: h.number("_firstlinelen", 76), rest: h.number("_maxlinelen", 75),
		ws: h.continuation(), work: work,
	}
	lastLen := 0
	for _, w := range words {
		// What remains of the line, less the blank between encoded words.
		target := f.first - lastLen - 1
		if target < w.charset.encodedLen("") {
			target = f.first
		}
		if !f.split(w, target) {
			return "", false
		}
		last := f.pieces[len(f.pieces)-1]
		lastLen = last.charset.encodedLen(last.text)
	}
	for _, p := range f.pieces {
		if p.wide && !pickle.IsASCII([]byte(p.text)) {
			return "", false
		}
	}
	text := f.join()
	return text, !embedsField(text)
}

type folder2 struct {
	first, rest int
	ws          string
	pieces      []word
	work        *int64
}

// split is _split: it cuts a chunk into pieces that fit into lines. It is false
// where Python fails.
func (f *folder2) split(w word, maxLen int) bool {
	in, out := codec2(w.charset.in), codec2(w.charset.out)
	stuck := false
	for range foldDepth {
		text, ok := in.decode(w)
		encoded, ok2 := out.encode(text)
		if *f.work -= int64(4 * len(w.text)); !ok || !ok2 || *f.work < 0 {
			return false
		}
		size := w.charset.encodedLen(encoded.text)
		switch {
		case size <= maxLen:
			f.add(encoded, w.charset)
			return true
		case w.charset.name == "8bit":
			f.add(w, w.charset)
			return true
		case w.charset.name == "us-ascii":
			lines := f.splitASCII(w.text, maxLen, f.rest, ";, ")
			for _, line := range lines {
				f.add(word{text: line, wide: w.wide}, w.charset)
			}
			return len(lines) > 0
		}
		cut := maxLen
		if size != w.length() {
			if cut, ok = f.fits(w.charset, out, text, maxLen); !ok {
				return false
			}
		} else if cut < 0 {
			cut += text.length()
		}
		// A first line may be too short for anything; the others are all of one
		// length.
		nothing := cut <= 0 && maxLen == f.rest
		if nothing && stuck {
			return false
		}
		stuck = nothing
		first, rest := text.cut(cut)
		w1, ok := in.encode(first)
		w2, ok2 := in.encode(rest)
		if !ok || !ok2 {
			return false
		}
		text, ok = in.decode(w1)
		encoded, ok2 = out.encode(text)
		if !ok || !ok2 {
			return false
		}
		f.add(encoded, w.charset)
		w.text, w.wide = w2.text, w2.wide
		maxLen = f.rest
	}
	return false
}

func (f *folder2) add(w word, cs charset) {
	w.charset = cs
	f.pieces = append(f.pieces, w)
}

// fits is _binsplit: how much fits into a line.
func (f *folder2) fits(cs charset, out splitCodec, text splittable, maxLen int) (int, bool) {
	i, j := 0, text.length()
	for i < j {
		m := (i + j + 1) >> 1
		*f.work -= int64(m)
		part, _ := text.cut(m)
		encoded, ok := out.encode(part)
		if !ok {
			return 0, false
		}
		if cs.encodedLen(encoded.text) <= maxLen {
			i = m
		} else {
			j = m - 1
		}
	}
	return i, true
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
