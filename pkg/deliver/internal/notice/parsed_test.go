package notice

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// parsed is a notice, read back.
type parsed struct {
	header mail.Header
	// text is for people, blocks are of the report, original is the header of the message.
	text, original string
	blocks         []textproto.MIMEHeader
}

// parse reads a notice strictly.
func parse(t testing.TB, got string) (p parsed) {
	t.Helper()
	for line := range strings.SplitSeq(got, "\n") {
		if len(line) > 998 {
			t.Fatalf("a line of %d bytes: %.100q", len(line), line)
		}
	}
	if strings.Contains(got, "\r") || !strings.HasSuffix(got, "\n") {
		t.Fatal("the lines do not end in LF")
	}
	m, err := mail.ReadMessage(strings.NewReader(got))
	if err != nil {
		t.Fatalf("%v: %q", err, got)
	}
	p.header = m.Header
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || params["report-type"] != "delivery-status" {
		t.Fatal(kind, params, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []string{"text/plain", "message/delivery-status", "text/rfc822-headers", ""} {
		part, err := parts.NextPart()
		if want == "" {
			if !errors.Is(err, io.EOF) {
				t.Fatalf("another part: %v", err)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type")); err != nil || kind != want {
			t.Fatal(kind, err)
		}
		body, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		switch want {
		case "text/plain":
			p.text = string(body)
		case "text/rfc822-headers":
			p.original = string(body)
		default:
			p.blocks = blocks(t, string(body))
		}
	}
	return p
}

func blocks(t testing.TB, body string) (all []textproto.MIMEHeader) {
	t.Helper()
	if strings.Trim(body, "\n") != strings.TrimSuffix(body, "\n") || strings.Contains(body, "\n\n\n") {
		t.Fatalf("empty lines: %q", body)
	}
	for block := range strings.SplitSeq(strings.TrimSuffix(body, "\n"), "\n\n") {
		h, err := textproto.NewReader(bufio.NewReader(strings.NewReader(block + "\n\n"))).ReadMIMEHeader()
		if err != nil {
			t.Fatalf("%v: %q", err, block)
		}
		all = append(all, h)
	}
	return all
}

// checkReport checks what must be so whatever a report has.
func checkReport(t testing.TB, r Report) parsed {
	t.Helper()
	got := write(t, r)
	if got != write(t, r) {
		t.Fatal("the second one differs")
	}
	p := parse(t, got)
	n := 0
	for range r.Recipients {
		n++
	}
	if len(p.blocks) != n+1 {
		t.Fatalf("%d blocks for %d recipients", len(p.blocks), n)
	}
	for name, want := range map[string]string{"Auto-Submitted": "auto-replied", "From": "Mail Delivery System <MAILER-DAEMON@" + host(r.Domain) + ">"} {
		if p.header.Get(name) != want {
			t.Fatalf("%s: %s", name, p.header.Get(name))
		}
	}
	for name := range p.header {
		if !slices.Contains([]string{"From", "To", "Subject", "Date", "Message-Id", "In-Reply-To", "References", "Auto-Submitted", "Mime-Version", "Content-Type"}, name) {
			t.Fatalf("a field %s", name)
		}
	}
	for i, block := range p.blocks {
		for name, values := range block {
			if i == 0 != (name == "Reporting-Mta" || name == "Arrival-Date") || len(values) != 1 ||
				!slices.Contains([]string{"Reporting-Mta", "Arrival-Date", "Final-Recipient", "Action", "Status", "Remote-Mta", "Diagnostic-Code"}, name) {
				t.Fatalf("block %d: %s: %q", i, name, values)
			}
		}
		if status := block.Get("Status"); i > 0 && (block.Get("Action") != "failed" || !regexp.MustCompile(`^[45]\.\d{1,3}\.\d{1,3}$`).MatchString(status)) {
			t.Fatalf("block %d: %v", i, block)
		}
	}
	if strings.ContainsFunc(p.text, func(c rune) bool { return c < ' ' && c != '\n' || 0x7F <= c && c < 0xA0 }) {
		t.Fatalf("%q has control characters", p.text)
	}
	return p
}
