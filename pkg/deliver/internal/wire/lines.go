package wire

import (
	"bytes"
	"io"

	"switchboard/pkg/message"
)

var crlf = []byte("\r\n")

// converter is a writer that turns lines as Python writes them into lines as SMTP has
// them. It holds back at most maxHeld bytes of a line of the header.
type converter struct {
	out output
	// withoutBcc says to leave out Bcc and Resent-Bcc.
	withoutBcc bool
	// cr says that the text so far ends in a CR, whose line end is written: an LF that
	// follows is part of it.
	cr bool
	// ended says that what is written ends in a line end.
	ended  bool
	inBody bool
	header header
}

func newConverter(c *message.Content, w io.Writer, size int) *converter {
	return &converter{
		out:        output{w: w, buf: make([]byte, 0, size)},
		withoutBcc: c.Dialect() == message.Mailman3,
	}
}

// run converts the whole message.
func (c *converter) run(content *message.Content) error {
	if err := content.WriteMail(c); err != nil {
		return err
	}
	c.end()
	return c.out.err
}

// Write returns the first error of the writer below.
func (c *converter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && c.out.err == nil {
		if c.cr && p[0] == '\n' {
			p = p[1:]
		}
		c.cr = false
		if c.inBody {
			p = c.body(p)
		} else {
			p = c.headerLine(p)
		}
	}
	if c.out.err != nil {
		return 0, c.out.err
	}
	return n, nil
}

// body writes text up to a CR, and returns the rest.
func (c *converter) body(p []byte) (rest []byte) {
	if i := bytes.IndexByte(p, '\r'); i >= 0 {
		p, rest, c.cr = p[:i], p[i+1:], true
	}
	if c.out.w == nil && c.out.n > 0 {
		// The text is not kept, so that nobody needs it.
		c.skip(p)
		p = nil
	}
	for len(p) > 0 {
		line, after, found := bytes.Cut(p, crlf[1:])
		c.text(line)
		if found {
			c.newline()
		}
		p = after
	}
	if c.cr {
		c.newline()
	}
	return rest
}

// skip counts lines.
func (c *converter) skip(p []byte) {
	if len(p) > 0 {
		c.out.count(p, bytes.Count(p, crlf[1:]))
		c.ended = p[len(p)-1] == '\n'
	}
}

// headerLine takes a line of the header, or a part of one, and returns the rest.
func (c *converter) headerLine(p []byte) (rest []byte) {
	line, _, _ := bytes.Cut(p, crlf[1:])
	line, _, _ = bytes.Cut(line, crlf[:1])
	if len(line) == len(p) {
		c.header.held = append(c.header.held, p...)
		if len(c.header.held) > maxHeld {
			held := c.header.held
			c.header.held = append(held[:0], c.fold(held, false)...)
		}
		return nil
	}
	c.cr = p[len(line)] == '\r'
	rest = p[len(line)+1:]
	if held := c.header.held; len(held) > 0 {
		line = append(held, line...)
		c.header.held = line[:0]
	}
	c.endLine(line)
	return rest
}

// endLine writes the last part of a line, and the line end.
func (c *converter) endLine(line []byte) {
	c.fold(line, true)
	if c.header.leftOut {
		return
	}
	c.newline()
}

func (c *converter) text(p []byte) {
	if len(p) > 0 {
		c.out.add(p)
		c.ended = false
	}
}

func (c *converter) newline() {
	c.out.add(crlf)
	c.ended = true
}

// end ends the text with a line end, as smtplib does, even if there is no text.
func (c *converter) end() {
	if held := c.header.held; len(held) > 0 {
		c.header.held = nil
		c.fold(held, true)
	}
	if !c.ended {
		c.newline()
	}
}
