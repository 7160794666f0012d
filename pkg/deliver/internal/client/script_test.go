package client

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A script is what a server says and what it must be told, one line each:
//
//	S: text      the server sends a line
//	R: text      the server sends the text, with Go's escapes and no line end
//	C: text      the client must send this line
//	tls: NAME    the server makes a TLS handshake with a certificate for NAME
//	junk         the server waits for a handshake and sends something else
//	cut          the server closes the connection
//	next         the client must make another connection
//
// Where a script has several C before an S, only a client that pipelines gets on.
type script struct {
	t        *testing.T
	listener net.Listener
	done     sync.WaitGroup
}

// newScript starts a server.
func newScript(t *testing.T, text string) *script {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return playOn(t, listener, text)
}

// playOn starts a server on a listener.
func playOn(t *testing.T, listener net.Listener, text string) *script {
	s := &script{t: t, listener: listener}
	if patience, ok := listener.(interface{ SetDeadline(time.Time) error }); ok {
		patience.SetDeadline(time.Now().Add(30 * time.Second))
	}
	s.done.Go(func() {
		for i, part := range strings.Split(text, "\nnext\n") {
			conn, err := listener.Accept()
			if err != nil {
				t.Errorf("connection %d was not made", i+1)
				return
			}
			s.play(conn, part)
		}
		listener.Close()
	})
	t.Cleanup(func() { listener.Close(); s.done.Wait() })
	return s
}

// play plays one connection's part. After the last line the client may only say QUIT.
func (s *script) play(conn net.Conn, part string) {
	defer func() { conn.Close() }()
	conn.SetDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReader(conn)
	for line := range strings.SplitSeq(strings.TrimSpace(part), "\n") {
		verb, text, _ := strings.Cut(line, ": ")
		switch verb {
		case "S":
			io.WriteString(conn, text+"\r\n")
		case "R":
			raw, err := strconv.Unquote(`"` + text + `"`)
			if err != nil {
				s.t.Errorf("%s: %v", line, err)
			}
			io.WriteString(conn, raw)
		case "C":
			got, err := r.ReadString('\n')
			if got != text+"\r\n" {
				s.t.Errorf("the client sent %q (%v), want %q", got, err, text)
				return
			}
		case "tls":
			secured := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate(text)}})
			if secured.Handshake() != nil {
				return
			}
			conn, r = secured, bufio.NewReader(secured)
		case "junk":
			r.ReadByte()
			io.WriteString(conn, "this is not TLS\r\n")
			return
		case "cut":
			return
		default:
			s.t.Errorf("no such line in a script: %q", line)
		}
	}
	rest, _ := r.ReadString('\n')
	if rest == "QUIT\r\n" {
		io.WriteString(conn, "221 bye\r\n")
		rest, _ = r.ReadString('\n')
	}
	if rest != "" {
		s.t.Errorf("the client also sent %q", rest)
	}
}

// server returns the server that plays the script.
func (s *script) server(scheme string) *Server {
	server, err := ParseServer(scheme + "://" + s.listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	server.Hello = "me.example"
	return server
}

// wait waits until the script was played. The session must be closed.
func (s *script) wait() { s.done.Wait() }

// verdict returns what an answer means, as one line.
func verdict(a Answer) string {
	word := "later"
	switch {
	case a.Taken():
		word = "taken"
	case a.Permanent():
		word = "never"
	}
	return fmt.Sprintf("%s, %s: %s", word, a.Stage, a)
}

// verdicts returns the verdicts of all recipients, one per line.
func verdicts(answers []Answer) string {
	var b strings.Builder
	for _, a := range answers {
		b.WriteString(verdict(a) + "\n")
	}
	return b.String()
}

// textMail returns a mail with a text.
func textMail(text string, to ...string) Mail {
	return Mail{From: "list-bounces@example.com", To: to, Write: func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}}
}

// deadline returns a context that ends before the test's patience does.
func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// listen listens on a port of this machine.
func listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// serverAt returns the SMTP server that listens there.
func serverAt(t testing.TB, listener net.Listener) *Server {
	t.Helper()
	server, err := ParseServer("smtp://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return server
}
