package client

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// Parts of scripts: a mail for a@x, with and without pipelining.
const (
	pipedMail  = "C: MAIL FROM:<list-bounces@example.com>\nC: RCPT TO:<a@x>\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: x\nC: .\nS: 250 queued\n"
	singleMail = "C: MAIL FROM:<list-bounces@example.com>\nS: 250 ok\nC: RCPT TO:<a@x>\nS: 250 ok\nC: DATA\nS: 354 go\nC: x\nC: .\nS: 250 queued\n"
	queued     = "taken, end of data: 250 queued\n"
)

// TestSeveral sends several mails to a@x over one Session, whatever the server does to its
// connections.
func TestSeveral(t *testing.T) {
	t.Parallel()
	group := "C: MAIL FROM:<list-bounces@example.com>\nC: RCPT TO:<a@x>\nC: DATA\n"
	for _, test := range []struct {
		name, script string
		want         []string
	}{
		{"over one connection", piping + pipedMail + pipedMail + pipedMail, []string{queued, queued, queued}},
		{"one by one", single + singleMail + singleMail, []string{queued, queued}},
		{"RSET after DATA was not taken", piping + group + "S: 250 ok\nS: 550 no\nS: 554 nobody\nC: RSET\n" + group + "S: 250 reset\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: x\nC: .\nS: 250 queued",
			[]string{"never, RCPT: 550 no\n", queued}},
		{"RSET, one by one", single + "C: MAIL FROM:<list-bounces@example.com>\nS: 250 ok\nC: RCPT TO:<a@x>\nS: 450 no\nC: RSET\nS: 250 ok\n" + singleMail, []string{"later, RCPT: 450 no\n", queued}},
		{"no RSET after MAIL was refused", single + "C: MAIL FROM:<list-bounces@example.com>\nS: 550 no\n" + singleMail, []string{"never, MAIL: 550 no\n", queued}},
		{"no RSET after the text was refused", single + strings.Replace(singleMail, "S: 250 queued", "S: 554 spam", 1) + singleMail, []string{"never, end of data: 554 spam\n", queued}},
		{"no RSET after only the dot", piping + group + "S: 250 ok\nS: 550 no\nS: 354 go\nC: .\nS: 554 nobody\n" + pipedMail, []string{"never, RCPT: 550 no\n", queued}},
		{"closed in between", piping + pipedMail + "cut\nnext\n" + piping + pipedMail + "cut\nnext\n" + piping + pipedMail, []string{queued, queued, queued}},
		{"421 in between", piping + pipedMail + "S: 421 idle for too long\ncut\nnext\n" + piping + pipedMail, []string{queued, queued}},
		{"421 to the second MAIL", single + singleMail + "C: MAIL FROM:<list-bounces@example.com>\nS: 421 enough\ncut\nnext\n" + single + singleMail, []string{queued, queued}},
		{"452 to the second MAIL", piping + pipedMail + group + "S: 452 enough\nS: 503 no\nS: 503 no\nnext\n" + piping + pipedMail, []string{queued, queued}},
		{"452 to the first MAIL", single + "C: MAIL FROM:<list-bounces@example.com>\nS: 452 no room", []string{"later, MAIL: 452 no room\n"}},
		{"452 to the second MAIL, and again", single + singleMail + "C: MAIL FROM:<list-bounces@example.com>\nS: 452 no room\nnext\n" + single + "C: MAIL FROM:<list-bounces@example.com>\nS: 452 no room",
			[]string{queued, "later, MAIL: 452 no room\n"}},
		{"an answer too many", single + strings.Replace(singleMail, "S: 250 queued", `R: 250 queued\r\n250 and once more\r\n`, 1) + "\nnext\n" + single + singleMail, []string{queued, queued}},
		{"lost, then a new connection", single + "C: MAIL FROM:<list-bounces@example.com>\ncut\nnext\n" + single + singleMail, []string{"later, MAIL: the server closed the connection\n", queued}},
		{"421 to the text, then a new connection", single + strings.Replace(singleMail, "S: 250 queued", "S: 421 enough", 1) + "cut\nnext\n" + single + singleMail, []string{"later, end of data: 421 enough\n", queued}},
		{"refused, then no answer", single + singleMail + "cut\nnext\nS: 421 busy", []string{queued, "later, not tried: 421 busy\n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			script := newScript(t, strings.TrimSuffix(test.script, "\n"))
			session, err := script.server("smtp").Dial(deadline(t))
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range test.want {
				answers, err := session.Send(deadline(t), textMail("x\r\n", "a@x"))
				if got := verdicts(answers); got != want {
					t.Errorf("mail %d: got %swant %s(%v)", i+1, got, want, err)
				}
			}
			session.Close()
			script.wait()
		})
	}
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	all := "S: 220 mx\nC: EHLO me.example\nS: 250-mx\nS: 250-SIZE 1000\nS: 250-8BITMIME\nS: 250 SMTPUTF8\n"
	from := "C: MAIL FROM:<list-bounces@example.com>"
	end := "\nS: 550 no"
	for _, test := range []struct {
		name, script, to string
		mail             Mail
		want             string
	}{
		{"nothing", all + from + end, "a@x", Mail{}, "never, MAIL: 550 no\n"},
		{"SIZE", all + from + " SIZE=1000" + end, "a@x", Mail{Size: 1000}, "never, MAIL: 550 no\n"},
		{"SIZE exceeded", all, "a@x b@x", Mail{Size: 1001}, strings.Repeat("never, before sending: 552 5.3.4 the mail is larger than the server takes\n", 2)},
		{"no SIZE", single + from + end, "a@x", Mail{Size: 1001}, "never, MAIL: 550 no\n"},
		{"8-bit", all + from + " BODY=8BITMIME" + end, "a@x", Mail{EightBit: true}, "never, MAIL: 550 no\n"},
		{"no 8-bit", single, "a@x", Mail{EightBit: true}, "never, before sending: 554 5.6.3 the mail has 8-bit text, and the server does not offer 8BITMIME\n"},
		{"UTF-8", all + from + " SIZE=9 BODY=8BITMIME SMTPUTF8" + end, "ä@x", Mail{Size: 9, EightBit: true}, "never, MAIL: 550 no\n"},
		{"a UTF-8 address", all + from + " SMTPUTF8" + end, "a@x ä@x", Mail{}, "never, MAIL: 550 no\nnever, MAIL: 550 no\n"},
		{"a UTF-8 sender", single, "a@x", Mail{From: "ä@x"}, "never, before sending: 550 5.6.7 the mail needs SMTPUTF8, which the server does not offer\n"},
		{"no UTF-8 address", single + from + "\nS: 250 ok\nC: RCPT TO:<a@x>\nS: 550 no", "ä@x a@x", Mail{}, "never, before sending: 553 5.6.7 the address needs SMTPUTF8, which the server does not offer\nnever, RCPT: 550 no\n"},
		{"the null sender", single + "C: MAIL FROM:<>" + end, "a@x", Mail{From: "<>"}, "never, MAIL: 550 no\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			script := newScript(t, strings.TrimSuffix(test.script, "\n"))
			session, err := script.server("smtp").Dial(deadline(t))
			if err != nil {
				t.Fatal(err)
			}
			m := test.mail
			m.To = strings.Fields(test.to)
			switch m.From {
			case "":
				m.From = "list-bounces@example.com"
			case "<>":
				m.From = ""
			}
			answers, err := session.Send(deadline(t), m)
			if got := verdicts(answers); got != test.want || err != nil {
				t.Errorf("got\n%swant\n%s(%v)", got, test.want, err)
			}
			session.Close()
			script.wait()
		})
	}
}

// TestBodyFails checks that a text that cannot be written whole is never ended.
func TestBodyFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk broke")
	for name, write := range map[string]func(io.Writer) error{
		"before the text":     func(io.Writer) error { return broken },
		"in the text":         func(w io.Writer) error { io.WriteString(w, "x\r\n"); return broken },
		"in a long text":      func(w io.Writer) error { w.Write(make([]byte, 3*blockSize)); return broken },
		"a bare line end":     func(w io.Writer) error { _, err := io.WriteString(w, "x\r\n.\n"); return err },
		"a bare end, ignored": func(w io.Writer) error { io.WriteString(w, "x\r\n.\n"); io.WriteString(w, "\r\n"); return nil },
		"a CR at the end":     func(w io.Writer) error { _, err := io.WriteString(w, "x\r"); return err },
		"a panic":             func(w io.Writer) error { io.WriteString(w, "x\r\n"); panic("oh") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener := listen(t)
			got := make(chan string, 1)
			go func() {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				io.WriteString(conn, "220 mx\r\n")
				buf := make([]byte, 1000)
				for _, answer := range []string{"250 mx", "250 ok", "250 ok", "354 go"} {
					conn.Read(buf)
					io.WriteString(conn, answer+"\r\n")
				}
				text, _ := io.ReadAll(conn)
				got <- string(text)
			}()
			session, err := serverAt(t, listener).Dial(deadline(t))
			if err != nil {
				t.Fatal(err)
			}
			func() {
				defer func() { recover() }()
				answers, err := session.Send(deadline(t), Mail{To: []string{"a@x"}, Write: write})
				if kindOf(err) != BodyFailed || !errors.Is(err, broken) && !errors.Is(err, errBareLine) || !answers[0].Temporary() || answers[0].Stage != StageData {
					t.Errorf("%s, %v of kind %d", verdicts(answers), err, kindOf(err))
				}
			}()
			if session.link != nil {
				t.Error("the connection could be used again")
			}
			if text := <-got; strings.HasSuffix(text, ".\r\n") {
				t.Errorf("the text was ended: %q", text)
			}
		})
	}
}

// TestCancel checks that the end of the context cuts a transaction short at any point.
func TestCancel(t *testing.T) {
	t.Parallel()
	for _, answers := range []string{"", "250 ok\r\n", "250 ok\r\n250 ok\r\n", "250 ok\r\n250 ok\r\n354 go\r\n"} {
		ctx, cancel := context.WithCancel(deadline(t))
		listener := listen(t)
		go func() {
			defer cancel()
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			r := bufio.NewReader(conn)
			io.WriteString(conn, "220 mx\r\n")
			r.ReadString('\n')
			io.WriteString(conn, "250-mx\r\n250 PIPELINING\r\n")
			for range 3 {
				r.ReadString('\n')
			}
			io.WriteString(conn, answers)
			if strings.Contains(answers, "354") {
				discardText(r)
			}
			cancel()
			io.Copy(io.Discard, conn)
		}()
		server := serverAt(t, listener)
		server.Timeouts.Linger = time.Millisecond
		session, err := server.Dial(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got, err := session.Send(ctx, textMail("x\r\n", "a@x"))
		if !errors.Is(err, context.Canceled) || kindOf(err) != Lost || !got[0].Temporary() {
			t.Errorf("after %q: %s, %v", answers, verdicts(got), err)
		}
		if want := strings.Contains(answers, "354"); (got[0].Stage == StageUnknown) != want {
			t.Errorf("after %q: %s", answers, verdicts(got))
		}
	}
}

// TestLinger checks that the answer to the text is awaited for a while after the end of the
// context: the server has the mail already.
func TestLinger(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(deadline(t))
	listener := listen(t)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		io.WriteString(conn, "220 mx\r\n")
		r.ReadString('\n')
		io.WriteString(conn, "250-mx\r\n250 PIPELINING\r\n")
		for range 3 {
			r.ReadString('\n')
		}
		io.WriteString(conn, "250 ok\r\n250 ok\r\n354 go\r\n")
		discardText(r)
		cancel()
		time.Sleep(20 * time.Millisecond)
		io.WriteString(conn, "250 queued\r\n")
		io.Copy(io.Discard, conn)
	}()
	session, err := serverAt(t, listener).Dial(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got, err := session.Send(ctx, textMail("x\r\n", "a@x"))
	if verdicts(got) != queued || err != nil {
		t.Errorf("%s, %v", verdicts(got), err)
	}
	if session.link != nil {
		t.Error("the connection is open")
	}
	if got, err := session.Send(ctx, textMail("x\r\n", "a@x")); !errors.Is(err, context.Canceled) || !got[0].Temporary() {
		t.Errorf("after that: %s, %v", verdicts(got), err)
	}
}

// TestTimeouts checks that each step has its own timeout.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	for n, set := range []func(*Timeouts){
		func(times *Timeouts) { times.Mail = 20 * time.Millisecond },
		func(times *Timeouts) { times.Rcpt = 20 * time.Millisecond },
		func(times *Timeouts) { times.Data = 20 * time.Millisecond },
		func(times *Timeouts) { times.End = 20 * time.Millisecond },
	} {
		listener := listen(t)
		go func() {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			buf := make([]byte, 1000)
			io.WriteString(conn, "220 mx\r\n")
			for _, answer := range []string{"250 mx", "250 ok", "250 ok", "354 go"}[:n+1] {
				conn.Read(buf)
				io.WriteString(conn, answer+"\r\n")
			}
			io.Copy(io.Discard, conn)
		}()
		server := serverAt(t, listener)
		set(&server.Timeouts)
		session, err := server.Dial(deadline(t))
		if err != nil {
			t.Fatal(err)
		}
		got, err := session.Send(deadline(t), textMail("x\r\n", "a@x"))
		if want := []Stage{StageMail, StageRcpt, StageData, StageUnknown}[n]; !errors.Is(err, errSlow) || got[0].Stage != want {
			t.Errorf("%s, %v, want %s", verdicts(got), err, want)
		}
	}
}
