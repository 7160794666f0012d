package client

import (
	"strings"
	"testing"
)

func TestBadAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", "a@x", "a;b@x", "a,b@x", "-oQ/tmp@x", "%s%n@x", `"a b"@x`, `"a\" b"@x`, `"a\\"@x`, `a\b@x`, "postmaster", "@a,@b:c@d", "jürgen@exämple.org", "a@[127.0.0.1]", "|sh@x",
		strings.Repeat("a", maxAddress),
	} {
		if why := badAddress(address); why != "" {
			t.Errorf("%q: %s", address, why)
		}
	}
	for _, address := range []string{
		"a b@x", " a@x", "a@x ", "a@x\r\nDATA", "a@x\n", "a@x\r", "a@x\x00", "a@x\x7f", "a\t@x", "\"a\tb\"@x", "<a@x>", "a@x> NOTIFY=NEVER", `"a>b"@x`, `"a b@x`, `"a\" b@x`, "a@x\u0085", "a@x\u2028", "\xff@x",
		strings.Repeat("a", maxAddress+1),
	} {
		if badAddress(address) == "" {
			t.Errorf("%q was taken", address)
		}
	}
}

// TestBadAddressesAreNotSent checks that a command is never made of a bad address.
func TestBadAddressesAreNotSent(t *testing.T) {
	t.Parallel()
	script := newScript(t, single+strings.TrimSpace(`
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a;b@x>
S: 550 no`))
	session, err := script.server("smtp").Dial(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	m := textMail("", "a@x\r\nRSET", "a;b@x", "", "a b@x")
	answers, err := session.Send(deadline(t), m)
	want := "never, before sending: 553 5.1.3 the address has a control character\nnever, RCPT: 550 no\n" +
		"never, before sending: 553 5.1.3 the address is empty\nnever, before sending: 553 5.1.3 the address has a space\n"
	if got := verdicts(answers); got != want || err != nil {
		t.Errorf("%v, got\n%swant\n%s", err, got, want)
	}
	m = textMail("", "a@x")
	m.From = "a@x> BODY=8BITMIME"
	answers, err = session.Send(deadline(t), m)
	want = "never, before sending: 553 5.1.7 sender: the address has an angle bracket\n"
	if got := verdicts(answers); got != want || err != nil {
		t.Errorf("%v, got\n%swant\n%s", err, got, want)
	}
	session.Close()
	script.wait()
}
