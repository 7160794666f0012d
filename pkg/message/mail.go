package message

import (
	"bytes"
	"io"
)

// WriteMail writes the message as [Content.WriteMessage] does, but without the
// envelope lines ("From sender date") that the pipe transport of a mail server puts
// before it. Mailman sends messages without them, too: its parser does not take
// them for part of the header. A mail server would take the first one for a broken
// field.
func (c *Content) WriteMail(w io.Writer) error {
	bare := &withoutEnvelope{w: w}
	if err := c.WriteMessage(bare); err != nil {
		return err
	}
	return bare.end()
}

const envelope = "From "

// withoutEnvelope passes text on without the lines at its beginning that start with
// "From ". A line ends where Python's parser ends it: at CR, LF or CRLF. It is not
// a transform.Transformer because after these lines it passes everything without a
// copy.
type withoutEnvelope struct {
	w io.Writer
	// matched is how many bytes of envelope the line has begun with.
	matched int
	in      stage
}

type stage uint8

const (
	lineStart stage = iota
	envelopeLine
	envelopeCR // the CR at the end of an envelope line
	afterEnvelope
)

func (e *withoutEnvelope) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		switch e.in {
		case lineStart:
			if rest[0] == envelope[e.matched] {
				rest = rest[1:]
				if e.matched++; e.matched == len(envelope) {
					e.matched, e.in = 0, envelopeLine
				}
				continue
			}
			if err := e.end(); err != nil {
				return 0, err
			}
			e.in = afterEnvelope
		case envelopeLine:
			end := bytes.IndexAny(rest, "\r\n")
			if end < 0 {
				return len(p), nil
			}
			if e.in = lineStart; rest[end] == '\r' {
				e.in = envelopeCR
			}
			rest = rest[end+1:]
		case envelopeCR:
			if rest[0] == '\n' {
				rest = rest[1:]
			}
			e.in = lineStart
		case afterEnvelope:
			if _, err := e.w.Write(rest); err != nil {
				return 0, err
			}
			return len(p), nil
		}
	}
	return len(p), nil
}

// end writes what looked like the beginning of an envelope line but was not one.
func (e *withoutEnvelope) end() error {
	if e.matched == 0 {
		return nil
	}
	_, err := io.WriteString(e.w, envelope[:e.matched])
	e.matched = 0
	return err
}
