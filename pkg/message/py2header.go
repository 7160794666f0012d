package message

import (
	"encoding/base64"
	"strings"

	"switchboard/pkg/pickle"
)

// This file follows email/header.py and email/charset.py of Python 2.7, which folds
// a Header even if the Generator is told not to.

// headerLimit is the length of a Header's chunks, in bytes, up to which the Header is
// folded as in Python. Mail does not have longer ones. The time for folding grows with
// the square of the length, and Python fails soon after this length.
const headerLimit = 16 << 10

// foldDepth is where Python 2 fails: each line is a recursive call of _split.
const foldDepth = 990

// py2Encode is Python 2's Header.encode. Where that fails, or work is used up, it
// returns the same text in encoded words that any reader decodes. work is in bytes.
func (h header) py2Encode(work *int64) string {
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

// appendReadable appends a chunk: as it is if it is plain, else as encoded words in
// UTF-8, or in unknown-8bit if its charset is not known.
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
	f := py2Folder{
		first: h.number("_firstlinelen", 76), rest: h.number("_maxlinelen", 75),
		ws: h.continuation(), work: work,
	}
	lastLen := 0
	for _, w := range words {
		// What is left of the line, minus the blank between encoded words.
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

type py2Folder struct {
	first, rest int
	ws          string
	pieces      []word
	work        *int64
}

// split is _split: it cuts a chunk into pieces that fit into lines. It returns
// false where Python fails.
func (f *py2Folder) split(w word, maxLen int) bool {
	in, out := py2Codec(w.charset.in), py2Codec(w.charset.out)
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
		// The first line may be too short for any text. The others all have the
		// same length.
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

func (f *py2Folder) add(w word, cs charset) {
	w.charset = cs
	f.pieces = append(f.pieces, w)
}

// fits is _binsplit: it returns how much of text fits into a line.
func (f *py2Folder) fits(cs charset, out py2SplitCodec, text py2Splittable, maxLen int) (int, bool) {
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
func (f *py2Folder) join() string {
	var lines []string
	for _, p := range f.pieces {
		if p.text == "" {
			continue
		}
		s := p.text
		if p.charset.encoding != encodingNone {
			s = p.charset.py2Word(p.text)
		}
		n := len(lines)
		if n == 0 || len(lines[n-1])+len(s) > f.first {
			lines = append(lines, strings.TrimLeft(s, py2Blanks))
			continue
		}
		if !strings.HasSuffix(lines[n-1], " ") {
			lines[n-1] += " "
		}
		lines[n-1] += s
	}
	return strings.Join(lines, "\n"+f.ws)
}

// py2Word is header_encode: one encoded word in Q, or in B as many as lines of 76
// characters need.
func (cs charset) py2Word(text string) string {
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
