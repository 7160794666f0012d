// Package mbox splits a mailbox into its messages.
//
// Read with NewReader, and call Next for each message; messages of any length
// are streamed. A message begins with a line that starts with "From " at the
// beginning of the mailbox or after an empty line (RFC 4155); that line and the
// empty line that ends a message are not part of it. A quoted ">From " line
// loses one ">", as mboxrd has it and as is right for most that mboxo wrote.
package mbox

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// ErrFormat is a file that is no mailbox: it does not begin with "From ".
var ErrFormat = errors.New(`no mbox: it does not begin with "From "`)

var from = []byte("From ")

// Reader reads a mailbox.
type Reader struct {
	r *bufio.Reader
	// begun says that a From_ line has been read whose message is next.
	begun, any bool
	current    *text
}

// NewReader makes a Reader of r, whose buffer must hold 16 bytes or more.
func NewReader(r *bufio.Reader) *Reader { return &Reader{r: r} }

// Next returns the next message, io.EOF after the last, which is also one whose
// reading failed: its reader was told why. The one before it may not be read
// any more; what was not read of it is skipped.
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
	// start says that a line begins here, blank that an empty line was read
	// which belongs to the message only if it is not its end.
	start bool
	blank []byte
	buf   []byte
	err   error
	// told says that the reader got an error other than io.EOF.
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

// fill gets the next piece of the message, of a line at the most.
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
	if t.start && quotedFrom(piece) {
		piece = piece[1:]
	}
	if t.blank != nil {
		t.buf = append(append([]byte{}, t.blank...), piece...)
		t.blank = nil
	} else {
		t.buf = piece
	}
	if whole && len(bytes.TrimRight(piece, "\r\n")) == 0 {
		// Of several empty lines the last one may be the end's.
		t.blank, t.buf = append([]byte{}, piece...), t.buf[:len(t.buf)-len(piece)]
	}
	t.start = len(piece) > 0 && piece[len(piece)-1] == '\n'
}

// ends looks whether the message ends here: the next one begins, or nothing
// follows, in which case an empty line before is not the message's either.
func (t *text) ends() (bool, error) {
	head, err := t.box.r.Peek(len(from))
	if len(head) == 0 {
		if err != io.EOF {
			return false, err // what was cut off is no whole message
		}
		return true, nil
	}
	if t.blank == nil || !bytes.Equal(head, from) {
		return false, nil
	}
	t.box.begun = true
	return true, t.box.skipLine()
}

// quotedFrom says whether a line is "From " behind one or more ">".
func quotedFrom(line []byte) bool {
	rest := bytes.TrimLeft(line, ">")
	return len(rest) < len(line) && bytes.HasPrefix(rest, from)
}
