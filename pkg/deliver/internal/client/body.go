package client

import "bytes"

// blockSize is how much of a mail is written at once.
const blockSize = 32 << 10

// body writes the lines of a mail to a connection and doubles their leading dots.
type body struct {
	link *link
	buf  []byte
	// inside means that a line has begun, cr that its last byte was a CR.
	inside, cr bool
	// bad is the first error of the text, lost that of the connection.
	bad, lost error
}

// Write writes a part of a mail. Line ends must be CRLF. It refuses a bare CR or LF: servers
// disagree about what ends a line, and one mail could become two.
func (b *body) Write(p []byte) (int, error) {
	size := len(p)
	for len(p) > 0 {
		if b.bad != nil {
			return size - len(p), b.bad
		}
		line, ended := p, false
		if i := bytes.IndexByte(p, '\n'); i >= 0 {
			line, ended = p[:i+1], true
		}
		text := line
		if ended {
			text = line[:len(line)-1]
		}
		if b.cr && len(text) > 0 {
			b.bad = errBareLine
			continue
		}
		cr := b.cr
		if n := len(text); n > 0 && text[n-1] == '\r' {
			cr, text = true, text[:n-1]
		}
		if ended && !cr || bytes.IndexByte(text, '\r') >= 0 {
			b.bad = errBareLine
			continue
		}
		if !b.inside && line[0] == '.' {
			b.add([]byte{'.'})
		}
		b.add(line)
		if b.lost != nil {
			return size - len(p), b.lost
		}
		b.inside, b.cr = !ended, cr && !ended
		p = p[len(line):]
	}
	return size, nil
}

// add buffers bytes, and writes what does not fit.
func (b *body) add(p []byte) {
	for len(p) > 0 && b.lost == nil {
		n := min(blockSize-len(b.buf), len(p))
		b.buf = append(b.buf, p[:n]...)
		p = p[n:]
		if len(b.buf) == blockSize {
			b.flush()
		}
	}
}

func (b *body) flush() {
	if b.lost == nil && len(b.buf) > 0 {
		b.lost = b.link.write(b.buf)
		b.buf = b.buf[:0]
	}
}

// check returns the error of the text, once all of it was written.
func (b *body) check() error {
	if b.bad == nil && b.cr {
		b.bad = errBareLine
	}
	return b.bad
}

// end writes the final dot, and the commands of the next mail. It must not be called unless all
// of the text was written.
func (b *body) end(next []byte) error {
	if b.inside {
		b.add([]byte("\r\n"))
	}
	b.add([]byte(".\r\n"))
	b.add(next)
	b.flush()
	return b.lost
}
