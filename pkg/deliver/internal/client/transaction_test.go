package client

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// The beginnings of scripts: a server that pipelines, one that does not, and one of LMTP.
const (
	piping = "S: 220 mx ESMTP\nC: EHLO me.example\nS: 250-mx\nS: 250-PIPELINING\nS: 250-8BITMIME\nS: 250 ENHANCEDSTATUSCODES\n"
	single = "S: 220 mx ESMTP\nC: EHLO me.example\nS: 250 mx\n"
	local3 = "S: 220 mx LMTP\nC: LHLO me.example\nS: 250-mx\nS: 250 PIPELINING\n"
)

func TestSend(t *testing.T) {
	t.Parallel()
	for _, test := range slices.Concat(sendTests, oddTests) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			script := newScript(t, strings.ReplaceAll(test.script, "\n\n", "\n"))
			session, err := script.server(test.scheme).Dial(deadline(t))
			if err != nil {
				t.Fatal(err)
			}
			answers, err := session.Send(deadline(t), textMail("Subject: x\r\n\r\n.dot\r\n", strings.Fields(test.to)...))
			if got := verdicts(answers); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
			var failed *Error
			if errors.As(err, &failed); err != nil && failed == nil || failed == nil && test.kind != 0 || failed != nil && failed.Kind != test.kind {
				t.Errorf("error %v, want kind %d", err, test.kind)
			}
			session.Close()
			script.wait()
		})
	}
}
