package notice

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 30, 1, 2, 3, 0, time.UTC)

func recipients(r ...Recipient) iter.Seq[Recipient] { return slices.Values(r) }

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func write(t testing.TB, r Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	t.Parallel()
	got := write(t, Report{
		Key: "1700000000.5+da39/0", Domain: "lists.example.com", To: "test-bounces@lists.example.com",
		Now: now, Arrived: now.Add(-5 * 24 * time.Hour),
		Subject: "Gr\u00fc\u00dfe", Date: "Wed, 25 Nov 2026 01:02:00 +0000", MessageID: "<a@example.org>",
		Header: text("From: b@example.org\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n"),
		Recipients: recipients(
			Recipient{Address: "anne@example.com", Server: "mx.example.com:25", Code: 550, Enhanced: "5.1.1", Text: "<anne@example.com>: Recipient address rejected: User unknown"},
			Recipient{Address: "bart@example.com", Server: "mx.example.com:25", Code: 452, Enhanced: "4.2.2", Text: "Mailbox full", GaveUp: true},
			Recipient{Address: "a b@example.com", Text: "the address cannot be sent"},
		),
	})
	boundary := regexp.MustCompile(`=_[0-9a-f]{32}`).FindString(got)
	want := strings.ReplaceAll(`From: Mail Delivery System <MAILER-DAEMON@lists.example.com>
To: test-bounces@lists.example.com
Subject: Undelivered mail
Date: Mon, 30 Nov 2026 01:02:03 +0000
Message-ID: <notice-cef083a02b83df245e3862e66a6267f8@lists.example.com>
In-Reply-To: <a@example.org>
References: <a@example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="BOUNDARY"

--BOUNDARY
Content-Description: Notification
Content-Transfer-Encoding: quoted-printable
Content-Type: text/plain; charset=utf-8

This is an automatic notice from the mail system of lists.example.com.

The message below did not reach all of its recipients.
No further attempt is made for those listed here.

    Subject: Gr=C3=BC=C3=9Fe
    Date: Wed, 25 Nov 2026 01:02:00 +0000
    Message-ID: <a@example.org>
    Received: Wed, 25 Nov 2026 01:02:03 +0000

anne@example.com
    mx.example.com:25 said: 550 5.1.1 <anne@example.com>: Recipient
      address rejected: User unknown

bart@example.com
    Gave up after too many attempts. The last answer of
      mx.example.com:25 was: 452 4.2.2 Mailbox full

a b@example.com
    Not sent: the address cannot be sent

--BOUNDARY
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; lists.example.com
Arrival-Date: Wed, 25 Nov 2026 01:02:03 +0000

Final-Recipient: rfc822; anne@example.com
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; 550 5.1.1 <anne@example.com>: Recipient address
 rejected: User unknown

Final-Recipient: rfc822; bart@example.com
Action: failed
Status: 4.2.2
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; 452 4.2.2 Mailbox full

Final-Recipient: rfc822; "a b"@example.com
Action: failed
Status: 5.0.0
Diagnostic-Code: X-Switchboard; the address cannot be sent

--BOUNDARY
Content-Description: Header of the message
Content-Transfer-Encoding: quoted-printable
Content-Type: text/rfc822-headers; charset=utf-8

From: b@example.org
Subject: =3D?utf-8?q?Gr=3DC3=3DBC=3DC3=3D9Fe?=3D

--BOUNDARY--
`, "BOUNDARY", boundary)
	if got != want {
		t.Errorf("%s", got)
	}
}

// hostile are texts that strangers may write.
var hostile = []string{
	"", " ", "x", "a\nBcc: b", "a\r\n\r\nb", "a\r\n.\r\nb", "\x00\x1b[31m", "\xff\xfe", "gr\u00fcn", "\u202egnp", "--", "--=_", "=?utf-8?q?=0A?=", "a; b=c", "\"a\\", "<b@c>",
	strings.Repeat("w", 3000), strings.Repeat("w ", 3000), strings.Repeat("\u00fc", 3000), strings.Repeat("\n", 3000), strings.Repeat("\U0001f4e7\n--x\n", 3000),
}

func TestHostile(t *testing.T) {
	t.Parallel()
	for _, s := range hostile {
		for _, r := range []Recipient{
			{Address: s, Server: s, Code: 550, Enhanced: s, Text: s, GaveUp: true},
			{Address: s + "@example.com", Code: 550, Text: s},
			{Address: "a@" + s, Server: "b", Text: s},
			{Address: "a@b", Server: s, Enhanced: "5.1." + s},
		} {
			p := checkReport(t, Report{
				Key: s, Domain: s, To: s, Now: now, Subject: s, Date: s, MessageID: s,
				Header: text("From: b@example.org\nSubject: " + s + "\n"), Recipients: recipients(r, r),
			})
			if len(p.original) > maxOriginal {
				t.Errorf("%d bytes of the header", len(p.original))
			}
		}
		checkReport(t, Report{Now: now, To: "a@b", MessageID: "<" + s + ">", Domain: "b." + s, Recipients: recipients()})
	}
}

func FuzzWrite(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, s, s, s, 550, s, s, true)
	}
	f.Add("lists.example.com", "Subject", "a@example.com", "mx", 452, "4.2.2", "full", false)
	f.Fuzz(func(t *testing.T, domain, subject, address, server string, code int, enhanced, answer string, gaveUp bool) {
		one := Recipient{Address: address, Server: server, Code: code, Enhanced: enhanced, Text: answer, GaveUp: gaveUp}
		checkReport(t, Report{
			Key: subject, Domain: domain, To: address, Now: now, Arrived: now, Subject: subject, Date: answer, MessageID: enhanced,
			Header: text(answer), Recipients: recipients(one, one),
		})
	})
}

func TestRecipient(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ address, want string }{
		{"anne@example.com", "rfc822; anne@example.com"},
		{"a=b+c/d@[192.0.2.1]", "rfc822; a=b+c/d@[192.0.2.1]"},
		{"root", "rfc822; root"},
		{"a;b@x", `rfc822; "a;b"@x`},
		{"a b@x", `rfc822; "a b"@x`},
		{`"a b"@x`, `rfc822; "a b"@x`},
		{`"a@x`, `rfc822; "\"a"@x`},
		{`a\b@x`, `rfc822; "a\\b"@x`},
		{"a..b@x", `rfc822; "a..b"@x`},
		{"a@b@x", `rfc822; "a@b"@x`},
		{"<a@x>", `utf-8; \x{3C}a@x\x{3E}`},
		{"a@x\n", `utf-8; a@x\x{0A}`},
		{"gr\u00fcn@x", `utf-8; gr\x{FC}n@x`},
		{"a@gr\u00fcn", `utf-8; a@gr\x{FC}n`},
		{"\xff+=@x", `utf-8; \x{FFFD}\x{2B}\x{3D}@x`},
		{"a@", "utf-8; a@"},
		{"@x", "utf-8; @x"},
		{"", "utf-8; "},
	} {
		if got := recipient(test.address); got != test.want {
			t.Errorf("%q: %s, want %s", test.address, got, test.want)
		}
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		one  Recipient
		want string
	}{
		{Recipient{Code: 550, Enhanced: "5.1.1"}, "5.1.1"},
		{Recipient{Code: 550, Enhanced: "5.7.515"}, "5.7.515"},
		{Recipient{Code: 550, Enhanced: "2.1.5"}, "5.0.0"},
		{Recipient{Code: 550, Enhanced: "5.1"}, "5.0.0"},
		{Recipient{Code: 550, Enhanced: "5.1.1000"}, "5.0.0"},
		{Recipient{Code: 550}, "5.0.0"},
		{Recipient{Code: 452}, "4.0.0"},
		{Recipient{Code: 452, GaveUp: true}, "4.4.7"},
		{Recipient{Code: 452, Enhanced: "4.2.2", GaveUp: true}, "4.2.2"},
		{Recipient{}, "5.0.0"},
	} {
		if got := test.one.status(); got != test.want {
			t.Errorf("%+v: %s, want %s", test.one, got, test.want)
		}
	}
}

// TestMany has more recipients than the text names, and a header that is too long.
func TestMany(t *testing.T) {
	t.Parallel()
	r := Report{Domain: "example.com", To: "a@example.com", Now: now, Header: text("From x\n" + strings.Repeat("X: y\n", maxOriginal))}
	r.Recipients = func(yield func(Recipient) bool) {
		for i := range 5000 {
			if !yield(Recipient{Address: fmt.Sprintf("%d@example.com", i), Server: "mx", Code: 550}) {
				return
			}
		}
	}
	p := checkReport(t, r)
	if n := strings.Count(p.text, "@example.com\n"); n != maxNamed || !strings.Contains(p.text, "and 4900 more recipients") {
		t.Errorf("the text names %d: %s", n, p.text)
	}
	if n := len(p.original); n > maxOriginal || n < maxOriginal-10 || !strings.HasPrefix(p.original, "X: y\nX: y\n") || !strings.HasSuffix(p.original, "X: y\n") {
		t.Errorf("%d bytes of the header", n)
	}
}

type failing struct{ left int }

var errFull = errors.New("full")

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestFails(t *testing.T) {
	t.Parallel()
	r := Report{Domain: "example.com", To: "a@example.com", Now: now, Recipients: recipients(Recipient{Address: "b@example.com"})}
	whole := len(write(t, r))
	for left := range whole {
		if err := Write(&failing{left}, r); !errors.Is(err, errFull) {
			t.Fatalf("after %d bytes: %v", left, err)
		}
	}
	r.Header = func(io.Writer) error { return io.ErrUnexpectedEOF }
	if err := Write(io.Discard, r); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}
