package message

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"switchboard/pkg/pickle"
)

// This file follows email/header.py of Python 3 for lines without a limit, which is
// what maxheaderlen=0 means.

// py3FieldValue returns the value of a field as Header(value).encode() does. It
// returns false for what Python writes as it is (surrogate escapes) and for what
// Python fails on: both are better left as they are stored.
func py3FieldValue(content []byte) (string, bool) {
	if pickle.IsASCII(content) && bytes.IndexFunc(content, isPy3LineEnd) < 0 {
		return string(content), true
	}
	if !utf8.Valid(content) {
		// The value has a surrogate.
		return "", false
	}
	f := py3Formatter{named: true}
	cs := utf8Charset
	if pickle.IsASCII(content) {
		cs = asciiCharset
	}
	if !f.chunk(string(content), cs, " ") {
		return "", false
	}
	return f.end()
}

// py3Encode is Python 3's Header.encode. Where that fails, it writes the chunks at
// fault as separate words in UTF-8: characters that the charset does not have,
// bytes without a charset, and lines that may look like other fields.
func (h header) py3Encode() string {
	text, ok := h.py3Format(false)
	if !ok {
		text, _ = h.py3Format(true)
	}
	return string(unescape([]byte(text)))
}

func (h header) py3Format(safe bool) (string, bool) {
	f := py3Formatter{named: h.number("_headerlen", 0) > 0}
	last, lastBlank := "", false
	ws := h.continuation()
	for i, w := range h.joined(true) {
		first := w.text != "" && isNoText(firstRune(w.text))
		plain := isPlain(w.charset.name)
		if i > 0 {
			if !isPlain(last) {
				if !first || !plain {
					f.push(" ", "")
				}
			} else if !plain && !lastBlank {
				f.push(" ", "")
			}
		}
		lastBlank = w.text != "" && isNoText(lastRune(w.text))
		last = w.charset.name
		odd := strings.IndexFunc(w.text, isPy3LineEnd) >= 0 || w.charset.encoding == encodingNone && !pickle.IsASCII([]byte(w.text))
		if safe && odd || !f.chunk(w.text, w.charset, ws) {
			if !safe {
				return "", false
			}
			f.push("", fallbackWord(unescape([]byte(w.text))))
		}
	}
	return f.end()
}

// py3Formatter is _ValueFormatter: it builds lines from pieces, each a blank and a
// text.
type py3Formatter struct {
	out strings.Builder
	// begun says that out has a line.
	begun bool
	line  strings.Builder
	// count is the number of pieces of the line. The last one is not in line yet.
	count     int
	lastBlank string
	lastText  string
	// named says that the name of the field is in this line, too.
	named bool
}

func (f *py3Formatter) push(blank, text string) {
	if f.count > 0 {
		f.line.WriteString(f.lastBlank)
		f.line.WriteString(f.lastText)
	}
	f.lastBlank, f.lastText = blank, text
	f.count++
}

func (f *py3Formatter) newline() {
	if f.count > 0 && (f.lastBlank != " " || f.lastText != "") {
		f.line.WriteString(f.lastBlank)
		f.line.WriteString(f.lastText)
	}
	line := f.line.String()
	if line != "" || f.named {
		// A line of blanks is added to the line before it.
		if f.begun && (f.named || !isBlank(line)) {
			f.out.WriteByte('\n')
		}
		f.out.WriteString(line)
		f.begun = true
	}
	f.line.Reset()
	f.count, f.lastBlank, f.lastText, f.named = 0, "", "", false
}

// chunk adds text of one charset. If the charset cannot hold the text, it adds
// nothing and returns false.
func (f *py3Formatter) chunk(text string, cs charset, ws string) bool {
	lines := py3SplitLines(text)
	if len(lines) == 0 {
		lines = []string{""}
	}
	if cs.encoding == encodingNone {
		if !isEscaped([]byte(text)) {
			return false
		}
		for i, line := range lines {
			if i > 0 {
				f.newline()
			}
			f.plain(line)
		}
	} else {
		for i, line := range lines {
			if i > 0 {
				line = " " + strings.TrimLeftFunc(line, isSpace)
			}
			var ok bool
			if lines[i], ok = cs.py3Word(line); !ok {
				return false
			}
		}
		f.push("", lines[0])
		for _, w := range lines[1:] {
			f.newline()
			f.push(ws, w)
		}
	}
	if len(lines) > 1 {
		f.newline()
	}
	return true
}

// plain adds text in pieces that begin with a blank.
func (f *py3Formatter) plain(line string) {
	for line != "" {
		text := strings.TrimLeft(line, " \t")
		blank := line[:len(line)-len(text)]
		end := strings.IndexAny(text, " \t")
		if end < 0 {
			end = len(text)
		}
		f.push(blank, text[:end])
		line = text[end:]
	}
}

func (f *py3Formatter) end() (string, bool) {
	f.push(" ", "")
	f.newline()
	text := f.out.String()
	return text, !embedsField(text)
}

// embedsField reports whether readers would take a line of a value for another
// field: Python's _embedded_header, "\n[^ \t]+:".
func embedsField(text string) bool {
	for {
		_, rest, found := strings.Cut(text, "\n")
		if !found {
			return false
		}
		end := strings.IndexAny(rest, " \t")
		if end < 0 {
			end = len(rest)
		}
		if strings.LastIndexByte(rest[:end], ':') > 0 {
			return true
		}
		text = rest[end:]
	}
}

// py3SplitLines is Python 3's str.splitlines.
func py3SplitLines(s string) (lines []string) {
	for s != "" {
		i := strings.IndexFunc(s, isPy3LineEnd)
		if i < 0 {
			return append(lines, s)
		}
		lines = append(lines, s[:i])
		_, n := utf8.DecodeRuneInString(s[i:])
		if strings.HasPrefix(s[i:], "\r\n") {
			n = 2
		}
		s = s[i+n:]
	}
	return lines
}

func isPy3LineEnd(c rune) bool {
	switch c {
	case '\n', '\r', '\v', '\f', 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}

// isSpace is Python 3's str.isspace.
func isSpace(c rune) bool { return unicode.IsSpace(c) || 0x1C <= c && c <= 0x1F }

func isBlank(s string) bool { return strings.TrimLeftFunc(s, isSpace) == "" }

// isNoText is Header._nonctext.
func isNoText(c rune) bool { return isSpace(c) || c == '(' || c == ')' || c == '\\' }

func firstRune(s string) rune {
	c, _ := utf8.DecodeRuneInString(s)
	return c
}

func lastRune(s string) rune {
	c, _ := utf8.DecodeLastRuneInString(s)
	return c
}
