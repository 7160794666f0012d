// Package mbox splits a mailbox into its messages, and writes mailboxes.
//
// [NewReader] returns a [Reader]; [Reader.Next] returns one message after the
// other. [NewWriter] returns a [Writer]. Messages of any length are streamed.
//
// # Guarantees
//
// A Reader reads what a Writer wrote to the same bytes, with one exception: a message
// whose last line has no line end gets one.
//
// Every line that starts with "From " begins a message, whether or not an empty
// line comes before it. This is the rule of Python's mailbox.mbox, which Mailman
// uses: some writers leave the empty line out. The price is that an unquoted "From
// " line in a body begins a message, too. Neither that line nor one empty line at
// the end of a message is part of the message. Empty lines before the first message
// are skipped.
//
// A line that starts with ">From ", or with more of the ">", loses one ">": mboxrd
// quotes like this, and so does mboxo, except for lines that already had a ">".
// Python leaves these lines as they are. A Writer quotes as mboxrd does.
package mbox

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// ErrFormat says that a file is not a mailbox. Python skips what comes before the
// first "From " line, which would silently lose a message.
var ErrFormat = errors.New(`not an mbox: it does not begin with "From "`)

var from = []byte("From ")

// Reader reads a mailbox.
type Reader struct {
	r *bufio.Reader
	// begun says that the From_ line of the next message was read.
	begun, any bool
	current    *text
}

// NewReader returns a Reader of r, whose buffer must hold at least 16 bytes.
func NewReader(r *bufio.Reader) *Reader { return &Reader{r: r} }

// Next returns the next message, or io.EOF after the last one. A message whose
// reader has returned another error is the last one. After Next, the message before
// it must not be read any more; Next skips the rest of it.
func (r *Reader) Next() (io.Reader, error) {
	if r.current != nil {
		if r.current.told {
			return nil, io.EOF
		}
		if _, err := io.Copy(io.Discard, r.current); err != nil {
			return nil, err
		}
	}
	if !r.begun {
		if r.any {
			return nil, io.EOF
		}
		if err := r.skipEmpty(); err != nil {
			return nil, err
		}
		head, err := r.r.Peek(len(from))
		if len(head) == 0 {
			return nil, err
		}
		if !bytes.Equal(head, from) {
			return nil, ErrFormat
		}
		if err := r.skipLine(); err != nil {
			return nil, err
		}
	}
	r.begun, r.any = false, true
	r.current = &text{box: r, start: true}
	return r.current, nil
}

// skipEmpty skips empty lines.
func (r *Reader) skipEmpty() error {
	for {
		head, err := r.r.Peek(2)
		switch {
		case len(head) > 0 && head[0] == '\n', bytes.Equal(head, []byte("\r\n")):
			if err := r.skipLine(); err != nil {
				return err
			}
		case len(head) == 0:
			return err
		default:
			return nil
		}
	}
}

func (r *Reader) skipLine() error {
	for {
		_, err := r.r.ReadSlice('\n')
		if err != bufio.ErrBufferFull {
			if err == io.EOF {
				return nil
			}
			return err
		}
	}
}

// text is one message.
type text struct {
	box *Reader
	// start says that a line begins here, arrows that it has begun with a ">". blank is
	// an empty line that was read and belongs to the message only if the message does not
	// end here.
	start, arrows bool
	blank         []byte
	buf           []byte
	err           error
	// told says that the caller got an error other than io.EOF.
	told bool
}

func (t *text) Read(p []byte) (int, error) {
	for len(t.buf) == 0 {
		if t.err != nil {
			t.told = t.err != io.EOF
			return 0, t.err
		}
		t.fill()
	}
	n := copy(p, t.buf)
	t.buf = t.buf[n:]
	return n, nil
}

// fill reads the next piece of the message, at most a line.
func (t *text) fill() {
	if t.start {
		if ends, err := t.ends(); err != nil {
			t.err = err
			return
		} else if ends {
			t.err = io.EOF
			return
		}
	}
	if t.start || t.arrows {
		if more, err := t.quote(); err != nil || more {
			t.err = err
			return
		}
	}
	piece, err := t.box.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		err = nil
	}
	if err == io.EOF {
		t.err = io.EOF
	} else if err != nil {
		t.err = err
		return
	}
	whole := t.start && len(piece) > 0 && piece[len(piece)-1] == '\n'
	if whole && len(bytes.TrimRight(piece, "\r\n")) == 0 && t.blank == nil {
		t.blank = append([]byte{}, piece...)
		return
	}
	if t.blank != nil {
		t.buf = append(append([]byte{}, t.blank...), piece...)
		t.blank = nil
	} else {
		t.buf = piece
	}
	if whole && len(bytes.TrimRight(piece, "\r\n")) == 0 {
		// Of several empty lines, the last one may belong to the end.
		t.blank, t.buf = append([]byte{}, piece...), t.buf[:len(t.buf)-len(piece)]
	}
	t.start = len(piece) > 0 && piece[len(piece)-1] == '\n'
}

// ends reports whether the message ends here, because the next one begins or
// nothing follows. In both cases an empty line before is not part of the message.
func (t *text) ends() (bool, error) {
	head, err := t.box.r.Peek(len(from))
	if len(head) == 0 {
		if err != io.EOF {
			return false, err // the message may be cut off
		}
		return true, nil
	}
	if !bytes.Equal(head, from) {
		return false, nil
	}
	t.box.begun = true
	return true, t.box.skipLine()
}

// quote handles the next ">" at the beginning of a line, one at a time because a line may
// begin with more of them than the buffer holds. more says that there may be another. The
// last one before "From " is the quote, and is not part of the message.
func (t *text) quote() (more bool, err error) {
	head, err := t.box.r.Peek(1)
	if len(head) == 0 && err != io.EOF {
		return false, err
	}
	if len(head) == 0 || head[0] != '>' {
		t.arrows = false
		return false, nil
	}
	t.start, t.arrows = false, true
	head, err = t.box.r.Peek(1 + len(from))
	if err != nil && err != io.EOF {
		return false, err // the message may be cut off
	}
	quoted := bytes.Equal(head[1:], from)
	t.box.r.Discard(1)
	if t.buf, t.blank = t.blank, nil; !quoted {
		t.buf = append(t.buf, '>')
	}
	return true, nil
}
