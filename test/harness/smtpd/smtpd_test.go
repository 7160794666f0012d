package smtpd_test

import (
	"bufio"
	"net"
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness/smtpd"
)

// talk sends lines to a server as they are, each after the answer to the one before, and
// returns the answers. A message is one line with its final dot.
func talk(t *testing.T, addr string, send ...string) (answers []string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := bufio.NewReader(c)
	for i := range len(send) + 1 {
		if i > 0 {
			if _, err := c.Write([]byte(send[i-1])); err != nil {
				return answers
			}
		}
		var all strings.Builder
		for {
			line, err := r.ReadString('\n')
			all.WriteString(line)
			if err != nil {
				return append(answers, all.String()+"<"+err.Error()+">")
			}
			if len(line) < 4 || line[3] != '-' {
				break
			}
		}
		answers = append(answers, all.String())
	}
	return answers
}

func TestDialogue(t *testing.T) {
	t.Parallel()
	s := smtpd.Start(t, smtpd.Options{MaxRecipients: 2, Script: func(at smtpd.Step) smtpd.Reply {
		if at.Verb == "MAIL" && at.Mail == 2 {
			return smtpd.Reply{Text: "450 first\n451 misleading"}
		}
		return smtpd.Reply{}
	}})
	got := talk(t, s.Addr, "EHLO me\r\n", "MAIL FROM:<a@x> BODY=8BITMIME\r\n", "RCPT TO:<\"b >\"@x>\r\n",
		"RCPT TO:<450.c@x>\r\n", "RCPT TO:<d@x>\r\n", "RCPT TO:<e@x>\r\n", "DATA\r\n",
		"a\r\n..b\r\n.c\r\n\r\n.\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<e@x>\r\n", "QUIT\r\n")
	want := []string{"220", "250-", "250", "250", "450", "250", "452", "354", "250", "450-first\r\n450 451 mis", "503", "221"}
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("answer %d is %q, want %s", i, got[i], want[i])
		}
	}
	mails := s.Mails()
	if len(mails) != 1 || mails[0].Text() != "a\n.b\nc\n\n" || mails[0].Size != int64(len(mails[0].Data)) ||
		!slices.Equal(mails[0].To, []string{`"b >"@x`, "d@x"}) || mails[0].From != "a@x" {
		t.Errorf("%+v", mails)
	}
	if c := s.Complaints(); c != nil {
		t.Error(c)
	}
}

// TestEnds checks that a lenient server takes one message for two, and the strict one does not.
func TestEnds(t *testing.T) {
	t.Parallel()
	hello := []string{"EHLO me\r\n", "MAIL FROM:<a@x>\r\n", "RCPT TO:<b@x>\r\n", "DATA\r\n"}
	for _, end := range []string{"\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r", "\r.\n"} {
		text := "one" + end + "MAIL FROM:<c@x>\r\nRCPT TO:<d@x>\r\nDATA\r\ntwo\r\n.\r\n"
		strict, lenient := smtpd.Start(t, smtpd.Options{}), smtpd.Start(t, smtpd.Options{Lenient: []string{end}})
		talk(t, strict.Addr, append(hello, text)...)
		if m := strict.Mails(); len(m) != 1 || !strings.Contains(m[0].Text(), "two") || !strings.Contains(strings.Join(strict.Complaints(), " "), "bare") {
			t.Errorf("%q: %+v, %q", end, m, strict.Complaints())
		}
		// The text has five answers there, the last of them for its second message. talk reads one
		// for each of the others.
		talk(t, lenient.Addr, append(hello, text, "NOOP\r\n", "NOOP\r\n", "NOOP\r\n", "NOOP\r\n")...)
		if m := lenient.Mails(); len(m) != 2 || !strings.HasPrefix(m[0].Text(), "one") || m[1].Text() != "two\n" {
			t.Errorf("%q: lenient: %+v", end, m)
		}
	}
}

func TestLMTP(t *testing.T) {
	t.Parallel()
	s := smtpd.Start(t, smtpd.Options{LMTP: true, Script: func(at smtpd.Step) smtpd.Reply {
		if at.Verb == "DOT" && at.Address == "b@x" {
			return smtpd.Reply{Text: "452 full"}
		}
		return smtpd.Reply{}
	}})
	got := talk(t, s.Addr, "LHLO me\r\n", "MAIL FROM:<a@x>\r\n", "RCPT TO:<a@x>\r\n", "RCPT TO:<b@x>\r\n", "DATA\r\n", "x\r\n.\r\n", "NOOP\r\n")
	if m := s.Mails(); len(m) != 1 || !slices.Equal(m[0].To, []string{"a@x"}) || s.Complaints() != nil {
		t.Errorf("%v, %v, %q", m, s.Complaints(), got)
	}
}

// TestProxy checks that the client gets as many bytes of the answers as it should, and then
// the end of the connection.
func TestProxy(t *testing.T) {
	t.Parallel()
	s := smtpd.Start(t, smtpd.Options{})
	whole := strings.Join(talk(t, s.Addr, "EHLO me\r\n", "QUIT\r\n"), "")
	for n := 1; n < len(whole); n++ {
		p := smtpd.StartProxy(t, s, smtpd.Cut{Answers: int64(n)})
		_, addr, _ := strings.Cut(p.URL, "//")
		got, _, _ := strings.Cut(strings.Join(talk(t, addr, "EHLO me\r\n", "QUIT\r\n"), ""), "<")
		if got != whole[:n] || !p.HasCut() {
			t.Errorf("after %d bytes: %q", n, got)
		}
	}
}
