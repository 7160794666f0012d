package message

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"sync"

	"switchboard/pkg/pickle"
)

// field returns the first header field of that name, unfolded, at most limit bytes
// of it. 8-bit bytes are as stored, and a Header object is encoded. It returns
// false if there is no such field.
func (c *Content) field(name string, limit int) (string, bool) {
	if s, ok := c.msg.(*pickle.String); ok {
		return textField(s, name, limit)
	}
	p, ok := partOf(c.msg)
	if !ok || p.headers == nil {
		return "", false
	}
	name = lower(name)
	for _, item := range p.headers.Items {
		field, value, ok := fieldOf(item)
		if !ok || !isNamed(field, name) {
			continue
		}
		if s, ok := value.(*pickle.String); ok {
			b, err := stringBytes(s, 4*limit)
			return unfold(b, limit), err == nil
		}
		h, ok := headerOf(value)
		if !ok {
			return "", false
		}
		if c.py3 {
			return unfold([]byte(h.py3Encode()), limit), true
		}
		work := c.foldWork()
		return unfold([]byte(h.py2Encode(&work)), limit), true
	}
	return "", false
}

// headerLen is how many bytes of a field Decoded returns.
const headerLen = 1000

// unfold removes the line ends from the value of a field.
func unfold(b []byte, limit int) string {
	b = bytes.Trim(b, " \t\r\n")
	if len(b) <= limit && bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\r') < 0 {
		return string(b)
	}
	out := make([]byte, 0, min(len(b), limit))
	for _, c := range b {
		if len(out) == limit {
			break
		}
		if c != '\r' && c != '\n' {
			out = append(out, c)
		}
	}
	return string(out)
}

// textField finds a field of a message that is not parsed.
func textField(s *pickle.String, name string, limit int) (string, bool) {
	if text, short := s.Short(); short {
		if value, found, sure := shortField(text, name, limit); sure {
			if s.Kind == pickle.Unicode {
				value = unescape(value)
			}
			return unfold(value, limit), found
		}
	}
	return longField(s, name, limit)
}

// longField is textField for text of any length.
func longField(s *pickle.String, name string, limit int) (string, bool) {
	lines := newFieldLines(s)
	defer lines.release()
	var value []byte
	found := false
	for {
		line, begins, ok := lines.next()
		if !ok || begins && found {
			return unfold(value, limit), found
		}
		if begins {
			field, rest, _ := bytes.Cut(line, []byte{':'})
			if found = strings.EqualFold(string(field), name); found {
				value = append(value, rest...)
			}
		} else if found && len(value) < 4*limit {
			value = append(value, line...)
		}
		for found && lines.cut && len(value) < 4*limit {
			if line, ok = lines.more(); !ok {
				break
			}
			value = append(value, line...)
		}
	}
}

// shortField is textField for text in memory, in which escapes are not replaced yet. It
// allocates nothing, because a listing searches the header of each entry a few times.
// sure is false if a name or the value is so long that textField may cut it off.
func shortField(text []byte, name string, limit int) (value []byte, found, sure bool) {
	start, continues := -1, false // of the value; whether a field came before
	rest := text
	if bytes.HasPrefix(rest, []byte(envelope)) {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			return nil, false, true
		}
		rest, continues = rest[end+1:], true
	}
	for len(rest) > 0 {
		at := len(text) - len(rest)
		if folded := rest[0] == ' ' || rest[0] == '\t'; !folded || !continues {
			colon := 0
			for colon < len(rest) && '!' <= rest[colon] && rest[colon] <= '~' && rest[colon] != ':' {
				colon++
			}
			if start >= 0 || colon == 0 || colon == len(rest) || rest[colon] != ':' {
				break
			}
			if colon >= fieldLine {
				return nil, false, false
			}
			if colon == len(name) && equalFold(rest[:colon], name) {
				start = at + colon + len(":")
			}
		}
		continues = true
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			end = len(rest) - 1
		}
		rest = rest[end+1:]
	}
	if start < 0 {
		return nil, false, true
	}
	value = text[start : len(text)-len(rest)]
	return value, true, len(value) <= limit
}

// equalFold reports whether two texts are equal apart from the case of ASCII letters.
func equalFold(b []byte, name string) bool {
	if len(b) != len(name) {
		return false
	}
	for i, c := range b {
		if d := name[i]; c != d && (c|0x20 != d|0x20 || c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// writeTextHeader writes the header of a message that is not parsed.
func writeTextHeader(out *output, s *pickle.String) error {
	lines := newFieldLines(s)
	defer lines.release()
	for {
		line, _, ok := lines.next()
		if !ok {
			return lines.err
		}
		out.Write(line)
		for lines.cut {
			if line, ok = lines.more(); !ok {
				return lines.err
			}
			out.Write(line)
		}
		if !bytes.HasSuffix(line, []byte{'\n'}) {
			out.str("\n")
		}
	}
}

// fieldLines reads the lines of a text's header, up to the blank line or a line
// that cannot be a field. It follows Python's FeedParser, for which an envelope's
// From line is not a field.
type fieldLines struct {
	text  textReader
	r     *bufio.Reader
	began bool
	// cut says that the line continues: more returns the rest of it.
	cut bool
	err error
}

func newFieldLines(s *pickle.String) *fieldLines {
	lines := &fieldLines{r: lineReaders.Get().(*bufio.Reader), text: textReader{blocks: s.Blocks(), unicode: s.Kind == pickle.Unicode}}
	lines.r.Reset(&lines.text)
	return lines
}

// fieldLine is how much of a line is read at once. A field's name must be shorter.
const fieldLine = 4 << 10

// lineReaders keeps buffers: a long listing would need one for each field of each
// entry.
var lineReaders = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, fieldLine) }}

// release ends the use of all lines that were returned.
func (l *fieldLines) release() {
	l.text.blocks.Close()
	l.r.Reset(nil)
	lineReaders.Put(l.r)
}

// next returns the next line and whether it begins a field.
func (l *fieldLines) next() (line []byte, begins, ok bool) {
	for l.cut {
		l.more()
	}
	for {
		line, ok := l.more()
		if !ok {
			return nil, false, false
		}
		first := !l.began
		l.began = true
		if first && bytes.HasPrefix(line, []byte("From ")) {
			for l.cut {
				l.more()
			}
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			return line, false, !first
		}
		end := bytes.IndexByte(line, ':')
		if end <= 0 || bytes.IndexFunc(line[:end], func(c rune) bool { return c < '!' || c > '~' }) >= 0 {
			return nil, false, false
		}
		return line, true, true
	}
}

func (l *fieldLines) more() (line []byte, ok bool) {
	line, err := l.r.ReadSlice('\n')
	l.cut = err == bufio.ErrBufferFull
	if err != nil && !l.cut && err != io.EOF {
		l.err = contentError("message", err)
		return nil, false
	}
	return line, len(line) > 0
}
