package client

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
)

// TestEarly sends mails that say which one is next. In the scripts, the commands of a mail come
// before the answer to the text of the one before.
func TestEarly(t *testing.T) {
	t.Parallel()
	const (
		from = "C: MAIL FROM:<list-bounces@example.com>\n"
		a    = from + "C: RCPT TO:<a@x>\nC: DATA\n"
		b    = from + "C: RCPT TO:<b@x>\nC: DATA\n"
		text = "C: x\nC: .\n"
		took = "S: 250 queued\n"
		goes = "S: 250 ok\nS: 250 ok\nS: 354 go\n"
		ends = "next\n" + piping
	)
	long := strings.Repeat("b@x ", 100)
	for _, test := range []struct {
		name, script string
		// mails are the recipients of each mail, next those of the mail that it says is next.
		mails, next []string
		want        []string
		// begun is how often the commands of the next mail were sent early.
		begun int
	}{
		{"one after the other", piping + a + goes + text + b + took + goes + text + a + took + goes + text + took,
			[]string{"a@x", "b@x", "a@x"}, []string{"b@x", "a@x", ""}, []string{queued, queued, queued}, 2},
		{"the text is refused", piping + a + goes + text + b + "S: 554 spam\n" + goes + text + took,
			[]string{"a@x", "b@x"}, []string{"b@x", ""}, []string{"never, end of data: 554 spam\n", queued}, 1},
		{"the next one is refused", piping + a + goes + text + b + took + "S: 250 ok\nS: 550 no\nS: 554 nobody\nC: RSET\n" + a + "S: 250 ok\n" + goes + text + took,
			[]string{"a@x", "b@x", "a@x"}, []string{"b@x", "a@x", ""}, []string{queued, "never, RCPT: 550 no\n", queued}, 1},
		{"another one is sent", piping + a + goes + text + b + took + goes + ends + a + goes + text + took,
			[]string{"a@x", "a@x"}, []string{"b@x", ""}, []string{queued, queued}, 1},
		{"the server does not want more", piping + a + goes + text + b + took + "S: 421 enough\ncut\n" + ends + b + goes + text + a + took + goes + text + took,
			[]string{"a@x", "b@x", "a@x"}, []string{"b@x", "a@x", ""}, []string{queued, queued, queued}, 2},
		{"421 to the text", piping + a + goes + text + b + "S: 421 enough\ncut\n" + ends + b + goes + text + took,
			[]string{"a@x", "b@x"}, []string{"b@x", ""}, []string{"later, end of data: 421 enough\n", queued}, 0},
		{"the server forgets them: not again", piping + a + goes + text + b + took + "cut\n" + ends + b + goes + text + took + a + goes + text + took,
			[]string{"a@x", "b@x", "a@x"}, []string{"b@x", "a@x", ""}, []string{queued, queued, queued}, 1},
		{"many recipients", piping + a + goes + text + took + from + strings.Repeat("C: RCPT TO:<b@x>\n", 100) + "C: DATA\nS: 250 ok\n" + strings.Repeat("S: 250 ok\n", 100) + "S: 354 go\n" + text + took,
			[]string{"a@x", long}, []string{long, ""}, []string{queued, strings.Repeat(queued, 100)}, 0},
		{"an address that must not be sent", piping + a + goes + text + took,
			[]string{"a@x", "ä@x"}, []string{"ä@x", ""}, []string{queued, "never, before sending: 553 5.6.7 the address needs SMTPUTF8, which the server does not offer\n"}, 0},
		{"no pipelining", single + singleMail + singleMail,
			[]string{"a@x", "a@x"}, []string{"a@x", ""}, []string{queued, queued}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			script := newScript(t, strings.TrimSuffix(test.script, "\n"))
			session, err := script.server("smtp").Dial(deadline(t))
			if err != nil {
				t.Fatal(err)
			}
			begun := 0
			for i, to := range test.mails {
				m := textMail("x\r\n", strings.Fields(to)...)
				if next := strings.Fields(test.next[i]); len(next) > 0 {
					m.Next = new(textMail("x\r\n", next...))
				}
				answers, err := session.Send(deadline(t), m)
				if got := verdicts(answers); got != test.want[i] {
					t.Errorf("mail %d: got %swant %s(%v)", i+1, got, test.want[i], err)
				}
				if session.link != nil && session.link.begun != nil {
					begun++
				}
			}
			if begun != test.begun {
				t.Errorf("commands were sent early %d times, want %d", begun, test.begun)
			}
			session.Close()
			script.wait()
		})
	}
}

// TestEarlyClose closes a Session whose next mail has begun. The server gets nothing more: it
// waits for a text, and takes even QUIT for one.
func TestEarlyClose(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	rest := make(chan string)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		say := func(lines string) { io.WriteString(conn, strings.ReplaceAll(lines, "\n", "\r\n")) }
		say("220 mx\n")
		r.ReadString('\n')
		say("250-mx\n250 PIPELINING\n")
		for range 3 {
			r.ReadString('\n')
		}
		say("250 ok\n250 ok\n354 go\n")
		discardText(r)
		say("250 queued\n250 ok\n250 ok\n354 go\n")
		all, _ := io.ReadAll(r)
		rest <- string(all)
	}()
	session, err := serverAt(t, listener).Dial(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	m := textMail("x\r\n", "a@x")
	m.Next = new(textMail("y\r\n", "b@x"))
	if answers, err := session.Send(deadline(t), m); err != nil || !answers[0].Taken() {
		t.Error(verdicts(answers), err)
	}
	if err := session.Close(); err != nil {
		t.Error(err)
	}
	if got, want := <-rest, "MAIL FROM:<list-bounces@example.com>\r\nRCPT TO:<b@x>\r\nDATA\r\n"; got != want {
		t.Errorf("the server got %q after the text, want %q", got, want)
	}
}

// TestEarlyWrites checks that a mail whose commands were sent early is one write.
func TestEarlyWrites(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	server := &counting{pipelining: true, budget: -1, taken: map[string]int{}}
	go server.serve(listener)
	session, err := serverAt(t, listener).Dial(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	conn := &counted{Conn: session.link.conn}
	session.link.conn = net.Conn(conn)
	m := textMail("x\r\n", "a@x")
	m.Next = new(m)
	for i := range 5 {
		if answers, err := session.Send(deadline(t), m); err != nil || !answers[0].Taken() {
			t.Fatal(verdicts(answers), err)
		}
		if want := i + 2; conn.writes != want {
			t.Errorf("%d mails: %d writes, want %d", i+1, conn.writes, want)
		}
	}
}
