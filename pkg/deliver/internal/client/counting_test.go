package client

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// counting is a server that counts what it takes for each recipient. It refuses those whose
// address begins with "no", those with "later" for now, and with LMTP those with "full" after
// the text.
type counting struct {
	lmtp, pipelining bool
	// early means that each mail says which one is next.
	early bool
	// budget is how many bytes of answers the first connection sends before it is cut, and
	// reset means that it is cut hard. A negative budget has no end.
	budget int
	reset  bool

	mu    sync.Mutex
	taken map[string]int
	// said counts the bytes of the answers.
	said int
}

// serve serves connections until the listener is closed.
func (c *counting) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		budget := c.budget
		c.budget = -1
		c.mu.Unlock()
		go c.talk(conn, budget)
	}
}

// talk is one connection.
func (c *counting) talk(conn net.Conn, budget int) {
	defer conn.Close()
	w := bufio.NewWriter(&cutting{conn: conn, c: c, budget: budget})
	r := bufio.NewReader(conn)
	say := func(line string) { w.WriteString(line + "\r\n") }
	say("220 mx")
	var to []string
	for {
		if r.Buffered() == 0 || !c.pipelining {
			if w.Flush() != nil {
				return
			}
		}
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSuffix(line, "\r\n")
		switch verb := line[:min(4, len(line))]; verb {
		case "EHLO", "LHLO":
			say("250-mx")
			if c.pipelining {
				say("250-PIPELINING")
			}
			say("250 HELP")
		case "MAIL":
			to = to[:0]
			say("250 2.1.0 ok")
		case "RCPT":
			address := strings.TrimSuffix(strings.TrimPrefix(line, "RCPT TO:<"), ">")
			switch {
			case strings.HasPrefix(address, "no"):
				say("550 5.1.1 no")
			case strings.HasPrefix(address, "later"):
				say("450 later")
			default:
				to = append(to, address)
				say("250 2.1.5 ok")
			}
		case "DATA":
			if len(to) == 0 {
				say("554 nobody")
				continue
			}
			say("354 go")
			if w.Flush() != nil || !discardText(r) {
				return
			}
			c.count(to, say)
		case "RSET":
			to = to[:0]
			say("250 ok")
		default:
			say("221 bye")
			w.Flush()
			return
		}
	}
}

// count counts a mail and answers.
func (c *counting) count(to []string, say func(string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, address := range to {
		full := c.lmtp && strings.HasPrefix(address, "full")
		if !full {
			c.taken[address]++
		}
		switch {
		case full:
			say("452 4.2.2 full")
		case c.lmtp:
			say("250 2.0.0 taken")
		}
	}
	if !c.lmtp {
		say("250-2.0.0 taken")
		say("250 2.0.0 as 1")
	}
}

// discardText reads a text up to its final dot.
func discardText(r *bufio.Reader) bool {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return false
		}
		if string(line) == ".\r\n" {
			return true
		}
	}
}

// cutting closes the connection when a number of bytes was written.
type cutting struct {
	conn   net.Conn
	c      *counting
	budget int
}

func (w *cutting) Write(p []byte) (int, error) {
	if w.budget < 0 {
		n, err := w.conn.Write(p)
		w.c.mu.Lock()
		w.c.said += n
		w.c.mu.Unlock()
		return n, err
	}
	n := min(w.budget, len(p))
	w.conn.Write(p[:n])
	if w.budget -= n; w.budget > 0 {
		return n, nil
	}
	if w.c.reset {
		w.conn.(*net.TCPConn).SetLinger(0)
	}
	w.conn.Close()
	return n, io.ErrShortWrite
}

// TestCuts cuts the connection after each byte of the server's answers, while two mails are
// sent. A recipient that is reported as taken was counted by the server; one that was counted
// and is not reported is unknown; and the mail after the one that was hit gets through.
func TestCuts(t *testing.T) {
	t.Parallel()
	for _, lmtp := range []bool{false, true} {
		for _, how := range []struct{ pipelining, early bool }{{false, false}, {true, false}, {true, true}} {
			for _, reset := range []bool{false, true} {
				try := func(budget int) int {
					return cutAt(t, &counting{lmtp: lmtp, pipelining: how.pipelining, early: how.early, reset: reset, budget: budget})
				}
				total := try(-1)
				if total < 100 {
					t.Fatalf("the answers have %d bytes", total)
				}
				for n := range total {
					try(n)
				}
			}
		}
	}
}

// cutAt sends two mails to a server and returns the size of its answers.
func cutAt(t *testing.T, c *counting) int {
	cut := c.budget
	c.taken = map[string]int{}
	listener := listen(t)
	defer listener.Close()
	go c.serve(listener)
	server := serverAt(t, listener)
	server.LMTP = c.lmtp
	session, err := server.Dial(deadline(t))
	if err != nil {
		if cut < 0 || kindOf(err) != Lost && kindOf(err) != Unreachable {
			t.Errorf("cut at %d: %v", cut, err)
		}
		return 0
	}
	defer session.Close()
	clean := 0
	mails := []Mail{
		textMail("x\r\n", "a@1", "no@1", "full@1", "later@1", "b@1"), textMail("x\r\n", "no@2", "no@2"), textMail("x\r\n", "a@3", "full@3", "b@3"),
	}
	for i, m := range mails {
		if c.early && i+1 < len(mails) {
			m.Next = &mails[i+1]
		}
		to := m.To
		answers, err := session.Send(deadline(t), m)
		if err == nil {
			clean++
		}
		c.mu.Lock()
		for i, address := range to {
			a := answers[i]
			refused := strings.HasPrefix(address, "no") || strings.HasPrefix(address, "later") || c.lmtp && strings.HasPrefix(address, "full")
			switch counted := c.taken[address]; {
			case counted > 1:
				t.Errorf("cut at %d: %s was sent to %d times", cut, address, counted)
			case a.Taken() && counted == 0:
				t.Errorf("cut at %d: %s is reported as taken", cut, address)
			case !a.Taken() && counted == 1 && a.Stage != StageUnknown:
				t.Errorf("cut at %d: %s was taken, and the report is %s", cut, address, verdict(a))
			case err == nil && !refused && !a.Taken(), a.Permanent() && !strings.HasPrefix(address, "no"):
				t.Errorf("cut at %d: %s is reported as %s", cut, address, verdict(a))
			}
		}
		c.mu.Unlock()
	}
	if clean < 2 || cut < 0 && clean < 3 {
		t.Errorf("cut at %d: %d mails had no error", cut, clean)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said
}
