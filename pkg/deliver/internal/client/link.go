package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

const (
	// maxLine bounds a line of an answer in bytes. RFC 5321 wants 512.
	maxLine = 4096
	// maxLines bounds the lines of an answer.
	maxLines = 256
	// maxReply bounds how much of an answer's text is kept in memory.
	maxReply = 8 << 10
)

// link is a connection to a server, which reads answers one by one.
type link struct {
	// raw is the connection below TLS. Closing it ends every read and write at once.
	raw  net.Conn
	conn net.Conn
	r    *bufio.Reader
	// wait is how long the server may take for the answer that is being read, until is when
	// that time is over. It is zero as long as nothing had to be read from the connection.
	wait  time.Duration
	until time.Time
	// block is how long a write may take.
	block time.Duration
	// code and text are the last answer's: the text's lines, separated by \n.
	code int
	text []byte
	features
	// trusted means that TLS protects the connection, and that the server's certificate is
	// valid. If not, untrusted may say why.
	trusted   bool
	untrusted error
	// used means that the connection has carried a mail before.
	used bool
	// unfinished means that the server has a transaction that only RSET ends.
	unfinished bool
	// begun is the mail whose commands were sent early, nil if the connection is at rest. obliging
	// means that such commands were answered before.
	begun    *Mail
	obliging bool
}

// features are what the server offers.
type features struct {
	pipelining, eightBit, utf8, size bool
	// maxSize is the largest mail in bytes, 0 if the server does not say.
	maxSize int64
}

func newLink(conn net.Conn, block time.Duration) *link {
	l := &link{raw: conn, conn: conn, block: block}
	l.r = bufio.NewReaderSize(incoming{l}, maxLine)
	return l
}

// incoming reads from the connection of a link until the answer's time is over.
type incoming struct{ *link }

// Read sets the deadline once per answer, so that a server that sends byte after byte cannot
// hold us up for ever.
func (in incoming) Read(p []byte) (int, error) {
	if in.until.IsZero() {
		in.until = time.Now().Add(in.wait)
		if err := in.conn.SetReadDeadline(in.until); err != nil {
			return 0, err
		}
	}
	return in.conn.Read(p)
}

// write writes all of p.
func (l *link) write(p []byte) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(l.block)); err != nil {
		return err
	}
	_, err := l.conn.Write(p)
	return err
}

// reply reads one answer into l.code and l.text. All its lines must have the same code.
func (l *link) reply(wait time.Duration) error {
	l.wait, l.until = wait, time.Time{}
	l.code, l.text = 0, l.text[:0]
	for n := range maxLines {
		line, err := l.r.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return errLongLine
		case errors.Is(err, io.EOF):
			return errClosed
		case errors.Is(err, os.ErrDeadlineExceeded):
			return errSlow
		case err != nil:
			return err
		}
		line = bytes.TrimSuffix(line[:len(line)-1], []byte{'\r'})
		code, ok := replyCode(line)
		if !ok || n > 0 && code != l.code {
			return notReply{printable(string(line))}
		}
		l.code = code
		if text := line[min(4, len(line)):]; len(l.text)+1+len(text) <= maxReply {
			if n > 0 {
				l.text = append(l.text, '\n')
			}
			l.text = append(l.text, text...)
		}
		if len(line) == 3 || line[3] == ' ' {
			return nil
		}
	}
	return errLongReply
}

// replyCode returns the code of a line of an answer.
func replyCode(line []byte) (code int, ok bool) {
	if len(line) < 3 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, false
	}
	for _, c := range line[:3] {
		if c < '0' || c > '9' {
			return 0, false
		}
		code = code*10 + int(c-'0')
	}
	return code, code >= 200 && code <= 599
}

// answer returns the last answer.
func (l *link) answer(stage Stage) Answer { return newAnswer(stage, l.code, l.text) }

// cut closes the connection without a word.
func (l *link) cut() { _ = l.raw.Close() }
