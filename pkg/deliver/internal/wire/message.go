// Package wire makes the text of an entry's message as it goes to a mail server.
//
// The text is that of [message.Content.WriteMail] with these changes, and no others:
//
//   - Each line ends in CRLF, the last one too. A line ends at LF, at CRLF, and at a CR
//     without LF, as for smtplib of Python 2 and 3, which both Mailmans send with. So
//     neither a CR nor an LF ever stands alone, and no server can see a line end where
//     another sees none.
//   - A line of the header that is longer than 78 bytes is folded at blanks that it has. The
//     blanks stay: whoever unfolds the line gets what it was. Only the header of the message
//     itself is folded. That of a part never is, because the part may be signed.
//   - The fields Bcc and Resent-Bcc of a message of Mailman 3 are left out, as by smtplib's
//     send_message.
//
// Dots are not doubled: that is part of the protocol.
package wire

import (
	"fmt"
	"io"

	"switchboard/pkg/message"
)

// Message is the text of one message. Methods must not be called at the same time.
type Message struct {
	// Size is the length of the text in bytes.
	Size int64
	// EightBit says that the text has bytes that are not ASCII.
	EightBit bool

	content *message.Content
	// text is the whole text, unless it is long.
	text []byte
}

const (
	// keep is the longest message, in bytes as stored, whose text stays in memory. Most
	// messages are shorter, and some are sent to each recipient by itself.
	keep = 64 << 10
	// block is how much of a longer text is written at once.
	block = 32 << 10
)

// Short reports whether Text would keep a message in memory.
func Short(c *message.Content) bool { return c.MsgEnd <= keep }

// Text reads the message once to learn what Message says of it.
func Text(c *message.Content) (*Message, error) {
	size := int64(block)
	if Short(c) {
		// Nearly always enough for the whole text.
		size = c.MsgEnd + c.MsgEnd/16 + 1<<10
	}
	conv := newConverter(c, nil, int(size))
	if err := conv.run(c); err != nil {
		return nil, err
	}
	m := &Message{content: c}
	if conv.out.n == 0 {
		m.text = conv.out.buf
	}
	if err := conv.out.flush(); err != nil {
		return nil, err
	}
	m.Size, m.EightBit = conv.out.n, conv.out.eightBit
	return m, nil
}

// WriteTo writes the text. If the file is not what it was for Text, the error is
// [message.ErrMalformed]; what was written must not be taken for a message then. Errors of w
// are returned as they are.
func (m *Message) WriteTo(w io.Writer) (int64, error) {
	if m.text != nil {
		n, err := w.Write(m.text)
		return int64(n), err
	}
	conv := newConverter(m.content, w, block)
	if err := conv.run(m.content); err != nil {
		return conv.out.n, err
	}
	if err := conv.out.flush(); err != nil {
		return conv.out.n, err
	}
	if conv.out.n != m.Size {
		return conv.out.n, fmt.Errorf("%w: it had %d bytes and now has %d", message.ErrMalformed, m.Size, conv.out.n)
	}
	return conv.out.n, nil
}
