package cmdline

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// Record is an entry as JSON.
type Record struct {
	Path, Queue string
	ID          queue.ID
	// State is left out when it is Stray.
	State queue.State
	// Content is nil for an entry that cannot be read.
	Content *message.Content
	// Message says whether to write the message itself.
	Message bool
	// Extra are further members: name, value, name, value.
	Extra []any
}

// JSON prints a record as one line.
func (c *Context) JSON(r Record) error {
	w := jsonLine{c: c, buf: []byte("{")}
	w.text("entry", r.Path)
	w.text("queue", r.Queue)
	if r.State != queue.Stray {
		w.text("state", r.State.String())
	}
	if r.ID != (queue.ID{}) {
		w.text("received", r.ID.Received().Format(time.RFC3339Nano))
	}
	for i := 0; i < len(r.Extra); i += 2 {
		switch v := r.Extra[i+1].(type) {
		case string:
			w.text(r.Extra[i].(string), v)
		case int64:
			w.name(r.Extra[i].(string))
			w.buf = strconv.AppendInt(w.buf, v, 10)
		}
	}
	if r.Content != nil && r.Content.HasMetadata() {
		w.name("restores")
		w.buf = strconv.AppendInt(w.buf, int64(r.Content.Restores()), 10)
		w.name("metadata")
		var err error
		if w.buf, err = r.Content.AppendMetadata(w.buf); err != nil {
			return &queue.Error{Path: r.Path, Err: err}
		}
	}
	if r.Content != nil && r.Message {
		if err := w.message(r); err != nil {
			return err
		}
	}
	return c.Line(append(w.buf, '}'))
}

// Line prints a line of JSON, or the rest of one.
func (c *Context) Line(line []byte) error {
	c.Out.Write(PrintableJSON(line))
	return c.endRecord()
}

// jsonLine is an object that is being written.
type jsonLine struct {
	c     *Context
	buf   []byte
	comma bool
}

func (w *jsonLine) name(name string) {
	if w.comma {
		w.buf = append(w.buf, ',')
	}
	w.comma = true
	w.buf = strconv.AppendQuote(w.buf, name)
	w.buf = append(w.buf, ':')
}

// text writes a member; bytes that are not UTF-8 come as base64.
func (w *jsonLine) text(name, value string) {
	if !utf8.ValidString(value) {
		w.name(name + "_base64")
		w.buf = strconv.AppendQuote(w.buf, base64.StdEncoding.EncodeToString([]byte(value)))
		return
	}
	w.name(name)
	quoted, _ := json.Marshal(value)
	w.buf = append(w.buf, quoted...)
}

// message streams the message into the line: it may be of any length. It is
// read twice, as its first byte decides how all of it is written, and its last
// byte may decide that.
func (w *jsonLine) message(r Record) error {
	var check utf8Check
	if err := r.Content.WriteMessage(&check); err != nil {
		return &queue.Error{Path: r.Path, Err: err}
	}
	if check.bad || check.n > 0 {
		w.name("message_base64")
	} else {
		w.name("message")
	}
	w.c.Out.Write(PrintableJSON(append(w.buf, '"')))
	w.buf = w.buf[:0]
	var err error
	out := &sink{w: w.c.Out}
	if check.bad || check.n > 0 {
		encoder := base64.NewEncoder(base64.StdEncoding, out)
		if err = r.Content.WriteMessage(encoder); err == nil {
			err = encoder.Close()
		}
	} else {
		err = r.Content.WriteMessage(&jsonText{w: out})
	}
	if out.err != nil {
		return w.c.output(out.err)
	}
	if err != nil {
		// The line is of no use. The next one must be a line of its own.
		return errors.Join(&queue.Error{Path: r.Path, Err: err}, w.c.endRecord())
	}
	w.buf = append(w.buf, '"')
	return nil
}

// sink remembers that writing failed, as against reading what is written.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (n int, err error) {
	n, s.err = s.w.Write(p)
	return n, s.err
}

// utf8Check finds out whether what is written to it is UTF-8.
type utf8Check struct {
	// rest are the first n bytes of a character whose others are yet to come.
	rest [utf8.UTFMax]byte
	n    int
	bad  bool
}

func (u *utf8Check) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && !u.bad {
		if u.n > 0 {
			u.rest[u.n] = p[0]
			u.n++
			p = p[1:]
			if utf8.FullRune(u.rest[:u.n]) {
				r, size := utf8.DecodeRune(u.rest[:u.n])
				u.bad, u.n = r == utf8.RuneError && size == 1, 0
			}
			continue
		}
		end := wholeRunes(p)
		u.bad = !utf8.Valid(p[:end])
		u.n = copy(u.rest[:], p[end:])
		p = nil
	}
	return n, nil
}

// jsonText escapes what is written to it, UTF-8, as the inside of a JSON string.
type jsonText struct {
	w   io.Writer
	buf []byte
	// rest is the beginning of a character.
	rest []byte
}

func (t *jsonText) Write(p []byte) (int, error) {
	const hex = "0123456789abcdef"
	t.buf = append(t.buf[:0], t.rest...)
	for _, b := range p {
		switch {
		case b == '"' || b == '\\':
			t.buf = append(t.buf, '\\', b)
		case b == '\n':
			t.buf = append(t.buf, '\\', 'n')
		case b == '\t':
			t.buf = append(t.buf, '\\', 't')
		case b < ' ' || b == 0x7f:
			t.buf = append(t.buf, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		default:
			t.buf = append(t.buf, b)
		}
	}
	end := wholeRunes(t.buf)
	_, err := t.w.Write(PrintableJSON(t.buf[:end]))
	t.rest = append(t.rest[:0], t.buf[end:]...)
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// wholeRunes is the length of b without a character at its end that is cut off.
func wholeRunes(b []byte) int {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return len(b) - i
			}
			break
		}
	}
	return len(b)
}
