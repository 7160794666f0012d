package wire

import (
	"regexp"
	"strings"
)

// The reference makes the text as it should be with regular expressions, unfolded.

var (
	lineEnd   = regexp.MustCompile(`\r\n|\n|\r`)
	hasHeader = regexp.MustCompile(`^(?s:[!-9;-~]{1,997}:[^\n]*\n(?:[ \t][^\n]*\n|[!-9;-~]{1,997}:[^\n]*\n)*)`)
	folded    = regexp.MustCompile(`\r\n([ \t])`)
	bccField  = regexp.MustCompile(`(?im)^(?:resent-)?bcc:[^\n]*\n(?:[ \t][^\n]*\n)*`)
	onlyBlank = regexp.MustCompile(`(?m)^[\x00-\x20]+\r$`)
	place     = regexp.MustCompile(`[^\x00-\x20].*[ \t].*[^\x00-\x20]`)
	name      = regexp.MustCompile(`^[!-9;-~]+:[ \t]*`)
)

// split cuts a text with CRLF after its header.
func split(text string) (header, body string) {
	n := len(hasHeader.FindString(text))
	return text[:n], text[n:]
}

func unfold(text string) string {
	header, body := split(text)
	return folded.ReplaceAllString(header, "$1") + body
}

// reference returns what smtplib sends of a text, but for the doubled dots.
func reference(text string, withoutBcc bool) string {
	if text = lineEnd.ReplaceAllString(text, "\r\n"); !strings.HasSuffix(text, "\r\n") {
		text += "\r\n"
	}
	if withoutBcc {
		header, body := split(text)
		if text = bccField.ReplaceAllString(header, "") + body; text == "" {
			text = "\r\n"
		}
	}
	return text
}

// failer is a testing.TB or a rapid.T.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// check checks what was made of a text.
func check(t failer, got, text string, withoutBcc bool) {
	t.Helper()
	want := reference(text, withoutBcc)
	if unfold(got) != unfold(want) {
		t.Fatalf("%.2000q\nbecame\n%.2000q", text, got)
	}
	if rest := strings.ReplaceAll(got, "\r\n", ""); strings.ContainsAny(rest, "\r\n") || !strings.HasSuffix(got, "\r\n") {
		t.Fatalf("%.2000q\nhas a line end that is not CRLF, or ends without one", got)
	}
	header, _ := split(got)
	before, _ := split(want)
	if len(onlyBlank.FindAllString(header, -1)) != len(onlyBlank.FindAllString(before, -1)) {
		t.Fatalf("%.2000q\nhas another line of blanks", header)
	}
	for line := range strings.SplitSeq(header, "\r\n") {
		if line = strings.TrimRight(line, blanks); len(line) > mustFold && place.MatchString(line) {
			t.Fatalf("not folded: %.9000q", line)
		}
		if len(line) > foldAt && place.MatchString(line[len(name.FindString(line)):]) {
			t.Fatalf("not folded: %.9000q", line)
		}
	}
	for line := range strings.SplitSeq(before, "\r\n") {
		if len(line) <= foldAt && !strings.Contains(got, line) {
			t.Fatalf("folded for nothing: %q", line)
		}
	}
}

// blanks are the bytes that are not ink.
var blanks = func() string {
	var b strings.Builder
	for c := range byte(' ' + 1) {
		b.WriteByte(c)
	}
	return b.String()
}()
