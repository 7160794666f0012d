package client

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"
)

// puppet is a connection whose other end says the same whatever it is told: one line per
// read, so that each is an answer to what was written before.
type puppet struct {
	lines [][]byte
	// next is the line that is read next, from offset.
	next, offset int
	// endless means that it begins again after the last line.
	endless bool
	// ended means that the final dot was written, after which last has what was read.
	ended bool
	last  []byte
	tail  []byte
}

func (p *puppet) Read(b []byte) (int, error) {
	if p.next == len(p.lines) {
		if !p.endless || len(p.lines) == 0 {
			return 0, io.EOF
		}
		p.next = 0
	}
	n := copy(b, p.lines[p.next][p.offset:])
	if p.ended {
		p.last = append(p.last, b[:n]...)
	}
	if p.offset += n; p.offset == len(p.lines[p.next]) {
		p.next, p.offset = p.next+1, 0
	}
	return n, nil
}

func (p *puppet) Write(b []byte) (int, error) {
	p.tail = append(p.tail[max(0, len(p.tail)-5):], b...)
	p.ended = p.ended || bytes.HasSuffix(p.tail, []byte("text\r\n.\r\n"))
	return len(b), nil
}

func (p *puppet) Close() error                     { return nil }
func (p *puppet) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
func (p *puppet) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
func (p *puppet) SetDeadline(time.Time) error      { return nil }
func (p *puppet) SetReadDeadline(time.Time) error  { return nil }
func (p *puppet) SetWriteDeadline(time.Time) error { return nil }

// FuzzAnswers sends a mail to a server that answers anything. The client must not panic,
// hang or keep long answers, and must not report a recipient as taken unless the answer to
// the text says so.
func FuzzAnswers(f *testing.F) {
	for _, answers := range []string{
		"220 mx\r\n250-mx\r\n250 PIPELINING\r\n250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n250 2.0.0 queued\r\n250 ok\r\n",
		"220 mx\r\n250-mx\r\n250 SIZE 1\r\n235 ok\r\n250 ok\r\n250 ok\r\n452 4.5.3 no\r\n250 ok\r\n354 go\r\n554 no\r\n",
		"220 mx\r\n500 what\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n354 ok\r\n",
		"220-mx\r\n220\r\n250-mx\r\n250-AUTH LOGIN\r\n250 8bitmime\r\n334 UGFzc3dvcmQ6\r\n235 ok\r\n",
		"250-x\r\n", "250 ok\n", "421 no\r\n", "220 mx\r\n250-mx\r\n250 PIPELINING\r\n250 ok\r\n550 no\r\n550 no\r\n550 no\r\n354 go\r\n250 ok\r\n",
	} {
		for i := range 8 {
			f.Add([]byte(answers), i&1 != 0, i&2 != 0, i&4 != 0)
		}
	}
	f.Fuzz(func(t *testing.T, answers []byte, lmtp, auth, endless bool) {
		var conn *puppet
		server := &Server{Address: "fuzz", LMTP: lmtp, Hello: "me.example", dial: func(context.Context) (net.Conn, error) {
			conn = &puppet{endless: endless}
			if len(answers) > 0 {
				conn.lines = bytes.SplitAfter(bytes.Clone(answers), []byte("\n"))
			}
			if n := len(conn.lines); n > 0 && len(conn.lines[n-1]) == 0 {
				conn.lines = conn.lines[:n-1]
			}
			return conn, nil
		}}
		if auth {
			server.User, server.Password = "list", "hunter2"
		}
		session, err := server.Dial(t.Context())
		if err != nil {
			if kindOf(err) == 0 || bytes.Contains([]byte(err.Error()), []byte("hunter2")) && !bytes.Contains(answers, []byte("hunter2")) {
				t.Errorf("%v", err)
			}
			return
		}
		defer session.Close()
		for range 2 {
			conn.ended, conn.last = false, nil
			got, err := session.Send(t.Context(), textMail("text\r\n", "a@x", "b@x", "a@x"))
			if err != nil && kindOf(err) == 0 {
				t.Errorf("%v", err)
			}
			lines := replies(conn.last)
			for _, a := range got {
				if len(a.Text) > maxText || cap(session.buf) > 2*blockSize {
					t.Errorf("an answer of %d bytes, a buffer of %d", len(a.Text), cap(session.buf))
				}
				if a.Stage != StageEnd {
					continue
				}
				if len(lines) == 0 || !bytes.HasPrefix(lines[0], []byte(digits(a.Code))) || a.Taken() != bytes.HasPrefix(lines[0], []byte("25")) {
					t.Fatalf("%s after the text was answered with %q", verdict(a), conn.last)
				}
				if lmtp {
					lines = lines[1:]
				}
			}
		}
	})
}

// replies returns the last line of each answer in some bytes.
func replies(text []byte) [][]byte {
	var out [][]byte
	for line := range bytes.SplitAfterSeq(text, []byte("\n")) {
		if len(line) > 3 && line[3] != '-' {
			out = append(out, line)
		}
	}
	return out
}
