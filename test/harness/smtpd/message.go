package smtpd

import (
	"bufio"
	"bytes"
	"strings"
)

// message reads a message up to its end.
type message struct {
	forget bool

	text bytes.Buffer
	size int64
	// bare, long and eightBit say that it has a CR or LF that is not part of a CRLF, a line of
	// more than 998 bytes, or a byte that is not ASCII.
	bare, long, eightBit bool
}

// read reads until one of the ends, each of which begins and ends with the end of a line. The
// end of the line before the dot belongs to the message.
func (m *message) read(r *bufio.Reader, ends []string) error {
	// last is what came last, as on the wire. The answer to DATA is the end of a line.
	last := []byte("\r\n")
	column := 0
	for {
		c, err := r.ReadByte()
		if err != nil {
			return err
		}
		doubled := c == '.' && bytes.HasSuffix(last, []byte("\r\n"))
		prior := last[len(last)-1]
		if len(last) == 4<<10 {
			last = append(last[:0], last[len(last)-16:]...)
		}
		last = append(last, c)
		m.eightBit = m.eightBit || c >= 0x80
		m.bare = m.bare || (c == '\n') != (prior == '\r')
		if column++; c == '\n' {
			column = 0
		} else if column > 998 && c != '\r' {
			m.long = true
		}
		if !doubled {
			m.add(c)
		}
		if c != '\n' && c != '\r' {
			continue
		}
		for _, end := range ends {
			if !bytes.HasSuffix(last, []byte(end)) {
				continue
			}
			dot := strings.IndexByte(end, '.')
			added := len(end) - dot
			if bytes.HasSuffix(last[:len(last)-added], []byte("\r\n")) {
				added--
			}
			m.cut(added)
			return nil
		}
	}
}

func (m *message) add(c byte) {
	m.size++
	if !m.forget {
		m.text.WriteByte(c)
	}
}

// cut removes the last n bytes.
func (m *message) cut(n int) {
	m.size -= int64(n)
	if !m.forget {
		m.text.Truncate(m.text.Len() - n)
	}
}
