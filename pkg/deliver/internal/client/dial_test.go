package client

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// kindOf returns the kind of an error, 0 if it is none of ours.
func kindOf(err error) Kind {
	var failed *Error
	if errors.As(err, &failed) {
		return failed.Kind
	}
	return 0
}

func TestDial(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, scheme, script string
		kind                 Kind
		want                 string
	}{
		{"greeting on several lines", "smtp", "S: 220-mx\nS: 220 ESMTP\nC: EHLO me.example\nS: 250 mx", 0, ""},
		{"no EHLO", "smtp", "S: 220 mx\nC: EHLO me.example\nS: 502 what?\nC: HELO me.example\nS: 250 mx", 0, ""},
		{"neither EHLO nor HELO", "smtp", "S: 220 mx\nC: EHLO me.example\nS: 500 what?\nC: HELO me.example\nS: 500 what?", RefusedForGood, "500 what?"},
		{"SMTP where LMTP should be", "lmtp", "S: 220 mx\nC: LHLO me.example\nS: 500 what?", Lost, "the server does not speak LMTP"},
		{"refused for now", "smtp", "S: 421 4.3.2 too busy", RefusedNow, "421 4.3.2 too busy"},
		{"refused for good", "smtp", "S: 554 5.7.1 go away", RefusedForGood, "554 5.7.1 go away"},
		{"EHLO refused for now", "smtp", "S: 220 mx\nC: EHLO me.example\nS: 450 wait", RefusedNow, "450 wait"},
		{"closed", "smtp", "cut", Lost, "the server closed the connection"},
		{"half a greeting", "smtp", "R: 220 m\ncut", Lost, "the server closed the connection"},
		{"not SMTP", "smtp", "S: SSH-2.0-OpenSSH_9.2", Lost, "the server's answer makes no sense: SSH-2.0-OpenSSH_9.2"},
		{"250 for a greeting", "smtp", "S: 250 mx", Lost, "the server's answer makes no sense: 250 mx"},
		{"two codes", "smtp", "S: 220-mx\nS: 554 no", Lost, "the server's answer makes no sense: 554 no"},
		{"a line without end", "smtp", "R: 220 " + strings.Repeat("x", maxLine), Lost, "the server sent a line without end"},
		{"an answer without end", "smtp", "S: 220 mx\nC: EHLO me.example\nR: " + strings.Repeat(`250-X\r\n`, maxLines), Lost, "the server sent an answer without end"},
		{"an empty line", "smtp", `R: \r\n`, Lost, "the server's answer is an empty line"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			script := newScript(t, test.script)
			server := script.server(test.scheme)
			session, err := server.Dial(deadline(t))
			if kindOf(err) != test.kind || err != nil && err.Error() != server.String()+": "+test.want {
				t.Errorf("%v of kind %d, want %q of kind %d", err, kindOf(err), test.want, test.kind)
			}
			if err == nil {
				if err := session.Close(); err != nil {
					t.Error(err)
				}
			}
			script.wait()
		})
	}
}

// TestFeatures checks that extensions are found however a server writes them.
func TestFeatures(t *testing.T) {
	t.Parallel()
	script := newScript(t, "S: 220 mx\nC: EHLO me.example\nS: 250-mx\nS: 250-pipelining\nS: 250-8bitMIME\nS: 250-SMTPUTF8 \nS: 250-Size 35882577\nS: 250 PIPELINING2")
	session, err := script.server("smtp").Dial(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := session.link.features, (features{pipelining: true, eightBit: true, utf8: true, size: true, maxSize: 35882577}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	session.Close()
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	for _, url := range []string{"smtp://" + listener.Addr().String(), "lmtp+unix:" + filepath.Join(t.TempDir(), "none")} {
		server, err := ParseServer(url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := server.Dial(deadline(t)); kindOf(err) != Unreachable {
			t.Errorf("%s: %v of kind %d", url, err, kindOf(err))
		}
	}
}

// TestUnix sends over a Unix socket.
func TestUnix(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "lmtp")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	script := playOn(t, listener, "S: 220 mx\nC: LHLO me.example\nS: 250 mx\nC: MAIL FROM:<list-bounces@example.com>\nS: 250 ok\nC: RCPT TO:<a@x>\nS: 250 ok\nC: DATA\nS: 354 go\nC: x\nC: .\nS: 250 ok")
	server, err := ParseServer("lmtp+unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	server.Hello = "me.example"
	session, err := server.Dial(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	answers, err := session.Send(deadline(t), textMail("x\r\n", "a@x"))
	if got := verdicts(answers); err != nil || got != "taken, end of data: 250 ok\n" {
		t.Errorf("%s, %v", got, err)
	}
	session.Close()
	script.wait()
}

// TestSilence checks that a server that says nothing, or says it too slowly, is given up
// when its time or that of the context is over.
func TestSilence(t *testing.T) {
	t.Parallel()
	for _, drip := range []bool{false, true} {
		for _, cancel := range []bool{false, true} {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					go func() {
						defer conn.Close()
						for {
							if drip {
								if _, err := conn.Write([]byte("2")); err != nil {
									return
								}
							} else if _, err := conn.Read(make([]byte, 1)); err != nil {
								return
							}
							time.Sleep(time.Millisecond)
						}
					}()
				}
			}()
			server, err := ParseServer("smtp://" + listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			ctx, want := deadline(t), errSlow
			if cancel {
				short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
				defer cancel()
				ctx, want = short, context.DeadlineExceeded
			} else {
				server.Timeouts.Greeting = 50 * time.Millisecond
			}
			if _, err = server.Dial(ctx); !errors.Is(err, want) || kindOf(err) != Lost {
				t.Errorf("drip %v, cancel %v: %v of kind %d", drip, cancel, err, kindOf(err))
			}
		}
	}
}

func TestHelloName(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		conn.Write([]byte("220 mx\r\n"))
		buf := make([]byte, 1000)
		n, _ := conn.Read(buf)
		said <- string(buf[:n])
	}()
	server, err := ParseServer("smtp://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server.Dial(deadline(t))
	want := "EHLO [127.0.0.1]\r\n"
	if name, _ := os.Hostname(); strings.Contains(name, ".") {
		want = "EHLO " + name + "\r\n"
	}
	if got := <-said; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
