package client

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestFates checks what each code means at each stage: only the answer to the text can mean
// that the mail was taken.
func TestFates(t *testing.T) {
	t.Parallel()
	for stage := StageNone; stage <= StageUnknown; stage++ {
		for code := range 1000 {
			a := Answer{Code: code, Stage: stage}
			if taken := stage == StageEnd && code >= 250 && code <= 259; a.Taken() != taken {
				t.Errorf("%s: taken is %v", verdict(a), !taken)
			}
			lost := stage == StageNone || stage == StageNext || stage == StageUnknown || code == 552 && stage != StageLocal
			if permanent := code >= 500 && code <= 599 && !lost; a.Permanent() != permanent {
				t.Errorf("%s: permanent is %v", verdict(a), !permanent)
			}
			if a.Taken() && a.Permanent() || a.Temporary() == (a.Taken() || a.Permanent()) {
				t.Errorf("%s: two fates, or none", verdict(a))
			}
		}
	}
}

func TestNewAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		code           int
		text           string
		enhanced, want string
	}{
		{250, "2.1.5 ok", "2.1.5", "ok"},
		{550, "5.1.1 no\n5.1.1 such\n5.1.10 user", "5.1.1", "no such 5.1.10 user"},
		{550, "5.7.509", "5.7.509", ""},
		{550, "4.1.1 no", "", "4.1.1 no"},
		{550, "5.1 no", "", "5.1 no"},
		{550, "5.1.1.1 no", "", "5.1.1.1 no"},
		{550, "5.1.1x no", "", "5.1.1x no"},
		{550, "5.1.1234 no", "", "5.1.1234 no"},
		{550, "5..1 no", "", "5..1 no"},
		{550, "", "", ""},
		{550, " \t a  b\r\nc ", "", "a b c"},
		{550, "a\x1b[31m\u0085\u202e\xffb", "", "a\ufffd[31m\ufffd\ufffd\ufffdb"},
		{550, "größer", "", "größer"},
	} {
		a := newAnswer(StageRcpt, test.code, []byte(test.text))
		if a.Enhanced != test.enhanced || a.Text != test.want {
			t.Errorf("%q: %q and %q, want %q and %q", test.text, a.Enhanced, a.Text, test.enhanced, test.want)
		}
	}
	for _, text := range []string{strings.Repeat("a", 10000), strings.Repeat("ä", 10000), strings.Repeat("\xff", 10000), strings.Repeat("a ", 10000)} {
		a := newAnswer(StageRcpt, 550, []byte(text))
		if len(a.Text) > maxText || len(a.Text) < maxText-4 || !utf8.ValidString(a.Text) {
			t.Errorf("%.10q: a text of %d bytes", text, len(a.Text))
		}
	}
}
