package client

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestManyRecipients sends to 500 recipients over buffers as small as the system has them, to
// a server that does not read while it writes, and whose answers are long. A client that
// writes before it reads would wait for it for ever. TCP would be as good, but waits often.
func TestManyRecipients(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "smtp")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	listener, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	long := strings.Repeat("x", 400)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		conn.(*net.UnixConn).SetWriteBuffer(1)
		r := bufio.NewReaderSize(conn, 16)
		io.WriteString(conn, "220 mx\r\n")
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			switch line[:4] {
			case "EHLO":
				io.WriteString(conn, "250-mx\r\n250 PIPELINING\r\n")
			case "DATA":
				io.WriteString(conn, "354 "+long+"\r\n")
				discardText(r)
				io.WriteString(conn, "250 "+long+"\r\n")
			default:
				fmt.Fprintf(conn, "250-%[1]s\r\n250-%[1]s\r\n250 %[1]s\r\n", long)
			}
		}
	}()
	session, err := (&Server{Network: "unix", Address: listener.Addr().String()}).Dial(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	session.link.raw.(*net.UnixConn).SetWriteBuffer(1)
	var to []string
	for i := range 500 {
		to = append(to, fmt.Sprintf("%0*d@example.com", i%300, i))
	}
	for range 2 {
		answers, err := session.Send(deadline(t), textMail("x\r\n", to...))
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range answers {
			if !a.Taken() {
				t.Fatalf("recipient %d: %s", i, verdict(a))
			}
		}
	}
}

// counted is a connection that counts its writes, and how many bytes were written between
// two reads at most.
type counted struct {
	net.Conn
	mu                   sync.Mutex
	writes, unread, most int
}

func (c *counted) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.writes++
	c.unread += len(p)
	c.most = max(c.most, c.unread)
	c.mu.Unlock()
	return c.Conn.Write(p)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	c.unread = 0
	c.mu.Unlock()
	return n, err
}

// TestWrites checks how often the client writes: once for the commands and once for the text,
// and that it never has more than the window without an answer.
func TestWrites(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	server := &counting{pipelining: true, budget: -1, taken: map[string]int{}}
	go server.serve(listener)
	session, err := serverAt(t, listener).Dial(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, test := range []struct{ recipients, writes int }{{1, 2}, {100, 2}, {1000, 12}} {
		to := make([]string, test.recipients)
		for i := range to {
			to[i] = fmt.Sprintf("recipient-%04d@example.com", i)
		}
		conn := &counted{Conn: session.link.conn}
		session.link.conn = conn
		if _, err := session.Send(deadline(t), textMail(strings.Repeat("x\r\n", 1000), to...)); err != nil {
			t.Fatal(err)
		}
		session.link.conn = conn.Conn
		if conn.writes > test.writes || conn.most > window {
			t.Errorf("%d recipients: %d writes, at most %d bytes at once", test.recipients, conn.writes, conn.most)
		}
	}
}

// TestSlowReader sends a long text to a server that reads slowly, which must not time out as
// long as something is read.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		io.WriteString(conn, "220 mx\r\n")
		for _, answer := range []string{"250 mx", "250 ok", "250 ok", "354 go"} {
			r.ReadString('\n')
			io.WriteString(conn, answer+"\r\n")
		}
		for i := 0; ; i++ {
			if i%20000 == 0 {
				time.Sleep(2 * time.Millisecond)
			}
			if line, err := r.ReadSlice('\n'); err != nil || string(line) == ".\r\n" {
				break
			}
		}
		io.WriteString(conn, "250 queued\r\n")
		r.ReadString('\n')
	}()
	session, err := serverAt(t, listener).Dial(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	answers, err := session.Send(deadline(t), Mail{To: []string{"a@x"}, Write: func(w io.Writer) error {
		for range 1 << 20 {
			if _, err := io.WriteString(w, "a line of text\r\n"); err != nil {
				return err
			}
		}
		return nil
	}})
	if err != nil || !answers[0].Taken() {
		t.Errorf("%s, %v", verdicts(answers), err)
	}
}
