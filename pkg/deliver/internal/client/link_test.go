package client

import (
	"testing"
	"time"
)

// dripping is a connection whose other end sends one byte after the other.
type dripping struct {
	puppet
	text string
	// deadlines counts how often the time for reading was set.
	deadlines int
}

func (d *dripping) Read(p []byte) (int, error) {
	n := copy(p[:1], d.text)
	d.text = d.text[n:]
	return n, nil
}

func (d *dripping) SetReadDeadline(time.Time) error { d.deadlines++; return nil }

// TestOneDeadline checks that the time for an answer begins once, however slowly the answer
// comes.
func TestOneDeadline(t *testing.T) {
	t.Parallel()
	conn := &dripping{text: "250-ok\r\n250 ok\r\n550 no\r\n"}
	l := newLink(conn, time.Minute)
	for n, code := range []int{250, 550} {
		if err := l.reply(time.Minute); err != nil || l.code != code || conn.deadlines != n+1 {
			t.Errorf("%v, %d, and %d deadlines after %d answers", err, l.code, conn.deadlines, n+1)
		}
	}
}
