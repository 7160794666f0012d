package client_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"switchboard/pkg/deliver/internal/client"
	"switchboard/test/harness/smtpd"
)

// TestCut cuts the connection after each byte of the answers, and each third of the commands and
// texts. Nobody is reported as taken who was not, or as refused who was not; who was taken and is not
// reported so may get one more copy, and has StageUnknown.
func TestCut(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"SMTP", "LMTP", "without pipelining"} {
		for _, side := range []string{"answers", "commands"} {
			t.Run(kind+", "+side, func(t *testing.T) {
				t.Parallel()
				opts := smtpd.Options{LMTP: kind == "LMTP", MaxRecipients: 2}
				if kind == "without pipelining" {
					opts.Omit = []string{"PIPELINING"}
				}
				answers, commands := sendCut(t, opts, smtpd.Cut{})
				for n := int64(1); side == "answers" && n <= answers && !t.Failed(); n++ {
					sendCut(t, opts, smtpd.Cut{Answers: n})
				}
				for n := int64(1); side == "commands" && n <= commands && !t.Failed(); n += 3 {
					sendCut(t, opts, smtpd.Cut{Commands: n})
				}
			})
		}
	}
}

// sendCut sends two mails over one Session, with one cut, and compares the answers with what the
// server took.
func sendCut(t *testing.T, opts smtpd.Options, cut smtpd.Cut) (answers, commands int64) {
	t.Helper()
	server := smtpd.Start(t, opts)
	defer server.Close()
	proxy := smtpd.StartProxy(t, server, cut)
	s, err := client.ParseServer(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.Dial(t.Context())
	if err != nil {
		if cut == (smtpd.Cut{}) {
			t.Error(err)
		}
		return proxy.Passed()
	}
	to := []string{"a@x.example", "550.b@x.example", "c@x.example", "450.d@x.example", "e@x.example"}
	var said strings.Builder
	told := map[string]client.Answer{}
	for i := range 2 {
		text := fmt.Sprintf("Subject: %d\r\n\r\n.\r\n..\r\nline\r\n", i)
		m := client.Mail{From: "me@x.example", To: to, Size: int64(len(text)), Write: func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		}}
		next := m // as far as the server can see
		m.Next = &next
		all, err := session.Send(t.Context(), m)
		fmt.Fprintf(&said, "%d: %v, %v\n", i, all, err)
		if len(all) != len(to) {
			t.Fatalf("%d answers", len(all))
		}
		for j, a := range all {
			told[fmt.Sprint(i, " ", to[j])] = a
		}
	}
	session.Close()
	answers, commands = proxy.Passed()
	server.Close() // so that it has taken what it will take
	got := map[string]int{}
	for _, m := range server.Mails() {
		if !strings.HasSuffix(string(m.Data), "\r\n\r\n.\r\n..\r\nline\r\n") {
			t.Errorf("took %q", m.Data)
		}
		for _, one := range m.To {
			got[strings.TrimPrefix(strings.SplitN(string(m.Data), "\r\n", 2)[0], "Subject: ")+" "+one]++
		}
	}
	for who, a := range told {
		_, address, _ := strings.Cut(who, " ")
		switch {
		case a.Taken() && got[who] != 1, a.Permanent() && !strings.HasPrefix(address, "550"):
			t.Errorf("cut at %+v: %s: answer %+v, and taken %d times", cut, who, a, got[who])
		case !a.Taken() && got[who] > 0 && a.Stage != client.StageUnknown:
			t.Errorf("cut at %+v: %s: answer %+v, stage %v, and taken %d times", cut, who, a, a.Stage, got[who])
		}
	}
	if t.Failed() {
		t.Log(said.String(), server.Complaints())
	}
	return answers, commands
}
