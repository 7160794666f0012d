package message

import (
	"strings"

	"switchboard/pkg/pickle"
)

// header is an instance of email.header.Header: the value of a field in chunks,
// each with its charset.
type header struct{ state *pickle.Dict }

type chunk struct {
	text    *pickle.String
	charset pickle.Value
}

func headerOf(v pickle.Value) (header, bool) {
	o, ok := v.(*pickle.Object)
	if !ok {
		return header{}, false
	}
	class, ok := o.Class()
	if !ok || class.Name != "Header" {
		return header{}, false
	}
	state, ok := stateOf(o)
	return header{state}, ok
}

func (h header) chunks() []chunk {
	list, _ := h.state.Get("_chunks").(*pickle.List)
	if list == nil {
		return nil
	}
	out := make([]chunk, 0, len(list.Items))
	for _, item := range list.Items {
		text, charset, ok := fieldOf(item)
		if ok {
			out = append(out, chunk{text, charset})
		}
	}
	return out
}

// number returns an attribute that is a small int.
func (h header) number(name string, otherwise int) int {
	if n, ok := h.state.Get(name).(pickle.Int); ok && n.Big == nil && n.Small >= -fieldLimit && n.Small <= fieldLimit {
		return int(n.Small)
	}
	return otherwise
}

// continuation returns the blank that begins lines after the first.
func (h header) continuation() string {
	if s, ok := h.state.Get("_continuation_ws").(*pickle.String); ok && s.Len() <= 16 {
		b, _ := s.Short()
		return string(b)
	}
	return " "
}

// size returns the length of all chunks in bytes.
func (h header) size() (n int64) {
	for _, c := range h.chunks() {
		n += c.text.Len()
	}
	return n
}

// decoded returns the value as text: Python 2's unicode(h) or Python 3's str(h).
// It puts a blank between encoded and plain text, in Python 3 only if there is none
// already. It leaves out empty chunks.
func (h header) decoded(py3 bool) string {
	var out strings.Builder
	last, lastBlank := "", false
	for _, c := range h.joined(py3) {
		text, blank := c.text, false
		if text == "" {
			// A subject without a prefix has an empty chunk before it.
			continue
		}
		if !py3 && !c.wide {
			if t, ok := decodeText(c.charset.name, text); ok {
				text = t
			}
		}
		plain := isPlain(c.charset.name)
		if out.Len() > 0 {
			blank = py3 && isNoText(firstRune(text))
			if !isPlain(last) {
				if plain && !blank {
					out.WriteByte(' ')
				}
			} else if !plain && !(py3 && lastBlank) {
				out.WriteByte(' ')
			}
		}
		lastBlank = isNoText(lastRune(text))
		last = c.charset.name
		out.WriteString(text)
	}
	text := string(unescape([]byte(out.String())))
	if !py3 {
		// The encoded form begins like this as well, and Mailman 2.1 compares that.
		return strings.TrimLeft(text, py2Blanks)
	}
	return text
}

func isPlain(charset string) bool { return charset == "" || charset == "us-ascii" }

// word is a chunk whose text was read: in Python 2 the bytes of its charset, in
// Python 3 text as a pickle holds it, with surrogates.
type word struct {
	text    string
	charset charset
	// wide says that it is text in Python 2 as well.
	wide bool
}

// joined reads the chunks. Python 3 joins neighbours that have the same charset.
func (h header) joined(py3 bool) []word {
	var out []word
	var run []string
	join := func() {
		if len(run) > 1 {
			out[len(out)-1].text = strings.Join(run, " ")
		}
		run = run[:0]
	}
	for _, c := range h.chunks() {
		b, _, err := c.text.Text(int(c.text.Len()))
		if err != nil {
			continue
		}
		wide := c.text.Kind == pickle.Unicode
		if !wide && py3 {
			// Bytes, which Python 3 does not have in a Header.
			b = pickle.AppendEscaped(nil, b)
		}
		w := word{string(b), charsetOf(c.charset), wide}
		if n := len(out); !py3 || n == 0 || out[n-1].charset.name != w.charset.name {
			join()
			out = append(out, w)
		}
		run = append(run, w.text)
	}
	join()
	return out
}
