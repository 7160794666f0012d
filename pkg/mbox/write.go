package mbox

import (
	"bytes"
	"io"
	"time"
)

// unknownSender stands for a sender that is not known, as in sendmail's mailboxes.
const unknownSender = "MAILER-DAEMON"

// Writer writes a mailbox in the mboxrd format. Its caller calls Begin, any number of
// Writes, and End for each message. Messages of any length are streamed.
type Writer struct {
	w io.Writer
	// arrows is how many ">" the line has begun with, and matched how many bytes of "From "
	// have followed. They are not written yet. In the middle of a line that cannot be a
	// quoted one, inLine is set.
	arrows  int64
	matched int
	inLine  bool
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Begin begins a message with its From_ line: the sender's address, and when the message was
// received.
func (w *Writer) Begin(sender string, received time.Time) error {
	if !fits(sender) {
		sender = unknownSender
	}
	line := append([]byte("From "), sender...)
	line = append(line, ' ')
	line = received.UTC().AppendFormat(line, time.ANSIC)
	_, err := w.w.Write(append(line, '\n'))
	return err
}

// fits reports whether a sender can be in a From_ line. Readers end it at a blank, and
// Python refuses a whole mailbox for one that is not ASCII.
func fits(sender string) bool {
	const longest = 320 // RFC 3696: 64 before the @, and 255 after it
	for i := range len(sender) {
		if sender[i] <= ' ' || sender[i] > '~' {
			return false
		}
	}
	return len(sender) > 0 && len(sender) <= longest
}

// Write writes a part of the message, and quotes its lines.
func (w *Writer) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if w.inLine {
			// Nothing up to the last line end can matter but what follows a line end.
			end := unquoted(rest)
			if _, err := w.w.Write(rest[:end]); err != nil {
				return 0, err
			}
			w.inLine = rest[end-1] != '\n'
			rest = rest[end:]
			continue
		}
		switch c := rest[0]; {
		case c == '>' && w.matched == 0:
			w.arrows++
			rest = rest[1:]
		case c == from[w.matched]:
			rest = rest[1:]
			if w.matched++; w.matched == len(from) {
				w.arrows++ // the quote
				if err := w.release(); err != nil {
					return 0, err
				}
			}
		default:
			// c is still to be written, and ends the line if it is a newline.
			if err := w.release(); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

// unquoted returns how much of text, which begins in the middle of a line, can be written as
// it is: all up to a line that may have to be quoted.
func unquoted(text []byte) int {
	for at := 0; ; {
		end := bytes.IndexByte(text[at:], '\n')
		if end < 0 {
			return len(text)
		}
		if at += end + 1; at == len(text) || text[at] == '>' || text[at] == from[0] {
			return at
		}
	}
}

// release writes what Write has held back of a line, whose rest can be written as it is.
func (w *Writer) release() error {
	var arrows [64]byte
	for i := range arrows {
		arrows[i] = '>'
	}
	for w.arrows > 0 {
		n := min(w.arrows, int64(len(arrows)))
		if _, err := w.w.Write(arrows[:n]); err != nil {
			return err
		}
		w.arrows -= n
	}
	_, err := w.w.Write(from[:w.matched])
	w.matched, w.inLine = 0, true
	return err
}

// End ends the message. If its last line has no line end, End adds one: the next message
// must begin on a line of its own.
func (w *Writer) End() error {
	end := "\n"
	if w.arrows > 0 || w.matched > 0 {
		if err := w.release(); err != nil {
			return err
		}
	}
	if w.inLine {
		end = "\n\n"
	}
	w.inLine = false
	_, err := io.WriteString(w.w, end)
	return err
}
