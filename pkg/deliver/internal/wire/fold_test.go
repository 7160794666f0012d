package wire

import (
	"bytes"
	"strings"
	"testing"
)

// convert converts a text that comes in pieces of the given size.
func convert(t failer, text string, withoutBcc bool, piece int) string {
	t.Helper()
	var b bytes.Buffer
	c := &converter{out: output{w: &b, buf: make([]byte, 0, 100)}, withoutBcc: withoutBcc}
	for len(text) > 0 {
		n := min(piece, len(text))
		if _, err := c.Write([]byte(text[:n])); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
	c.end()
	if err := c.out.flush(); err != nil {
		t.Fatal(err)
	}
	if c.out.n != int64(b.Len()) {
		t.Fatalf("%d bytes, counted %d", b.Len(), c.out.n)
	}
	return b.String()
}

func TestFold(t *testing.T) {
	t.Parallel()
	word := func(n int) string { return strings.Repeat("w", n) }
	spaces := func(n int) string { return strings.Repeat(" ", n) }
	for _, test := range []struct{ name, text, want string }{
		{"short", "A: " + word(75) + "\n", "A: " + word(75) + "\n"},
		{"before the last word that is too much", "A: b " + word(74) + " c\n", "A: b\n " + word(74) + " c\n"},
		{"full", "A: b " + word(73) + " c\n", "A: b " + word(73) + "\n c\n"},
		{"no place", "A:" + word(2000) + "\n", "A:" + word(2000) + "\n"},
		{"long word, then a place", "A:" + word(2000) + " b\n", "A:" + word(2000) + "\n b\n"},
		{"not after the name", "A: " + word(90) + "\n", "A: " + word(90) + "\n"},
		{"but after the name if it must be", "A: " + word(996) + "\n", "A:\n " + word(996) + "\n"},
		{"blanks stay", "A: b \t " + word(90) + "\n", "A: b\n \t " + word(90) + "\n"},
		{"blanks at the end", "A: b" + spaces(90) + "\n", "A: b" + spaces(90) + "\n"},
		{"blanks alone in a line", "A: b\n" + spaces(90) + "\n c\n", "A: b\n" + spaces(90) + "\n c\n"},
		{"blanks and a control", "A: b" + spaces(90) + "\f \n", "A: b" + spaces(90) + "\f \n"},
		{"blanks at the end, too many for a line", "A: b" + spaces(9000) + "\n", "A: b" + spaces(9000) + "\n"},
		{"a continuation", "A: b\n\t" + word(70) + " c d e f g h\n", "A: b\n\t" + word(70) + " c d e\n f g h\n"},
		{"folded before", "A: b\n c\n d\n", "A: b\n c\n d\n"},
		{"not in quotes", "A: b; c=\"" + strings.Repeat("d ", 34) + "\"; e\n", "A: b;\n c=\"" + strings.Repeat("d ", 34) + "\"; e\n"},
		{"in quotes", "A: \"" + strings.Repeat("d ", 40) + "\"\n", "A: \"" + strings.Repeat("d ", 36) + "d\n d d d \"\n"},
		{"a quote in quotes", "A: b \"c\\\" " + word(65) + " d e\"\n", "A: b\n \"c\\\" " + word(65) + " d e\"\n"},
		{"escaped blanks", "A: \"" + strings.Repeat("d\\ ", 30) + "\"\n", "A: \"" + strings.Repeat("d\\ ", 24) + "d\\\n d\\ d\\ d\\ d\\ d\\ \"\n"},
		{"quotes after a fold in quotes", "A: \"" + strings.Repeat("d ", 40) + "\" " + word(65) + " \"y z\"\n",
			"A: \"" + strings.Repeat("d ", 36) + "d\n d d d \" " + word(65) + "\n \"y z\"\n"},
		{"two long words", "A:" + word(5000) + " " + word(90) + "\n", "A:" + word(5000) + "\n " + word(90) + "\n"},
		{"a place where the line is too long to be held", "A:" + word(4094) + " b\n", "A:" + word(4094) + "\n b\n"},
		{"8 bits", "A: \xe9 " + word(80) + "\n", "A: \xe9\n " + word(80) + "\n"},
		{"no blank of SMTP", "A: b\v" + word(80) + "\n", "A: b\v" + word(80) + "\n"},
		{"body", "A: b\n\n" + strings.Repeat("c ", 99) + "\n", "A: b\n\n" + strings.Repeat("c ", 99) + "\n"},
		{"body without an empty line", "A: b\n" + strings.Repeat("c ", 99) + "d: e\n", "A: b\n" + strings.Repeat("c ", 99) + "d: e\n"},
		{"no header", " " + strings.Repeat("c ", 99) + "\n", " " + strings.Repeat("c ", 99) + "\n"},
		{"no name", ": " + strings.Repeat("c ", 99) + "\n", ": " + strings.Repeat("c ", 99) + "\n"},
		{"8 bits in a name", "\xe9: " + strings.Repeat("c ", 99) + "\n", "\xe9: " + strings.Repeat("c ", 99) + "\n"},
		{"long body without a line end", strings.Repeat("c", 9000), strings.Repeat("c", 9000) + "\n"},
		{"header without a line end", "A: b " + word(90), "A: b\n " + word(90) + "\n"},
		{"many recipients", "To: " + strings.Repeat("a@example.com, ", 1000) + "b\n",
			foldedTo(1000)},
	} {
		want := strings.ReplaceAll(test.want, "\n", "\r\n")
		for _, piece := range []int{1, 7, 5000, 1 << 20} {
			if got := convert(t, test.text, false, piece); got != want {
				t.Errorf("%s, by %d:\n%.300q, want\n%.300q", test.name, piece, got, want)
			}
		}
	}
}

// foldedTo is "To:" with n times "a@example.com,", and "b", folded.
func foldedTo(n int) string {
	line := "To:"
	var text strings.Builder
	for i := range n + 1 {
		next := " a@example.com,"
		if i == n {
			next = " b"
		}
		if len(line)+len(next) > 78 {
			text.WriteString(line + "\n")
			line = ""
		}
		line += next
	}
	return text.String() + line + "\n"
}

func TestBcc(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a@example.com, ", 999)
	text := "A: b\nBCC: " + long + "\n\tc@example.com\nBcc2: d\nresent-bcc: e\n\nBcc: f\n"
	want := "A: b\r\nBcc2: d\r\n\r\nBcc: f\r\n"
	for _, piece := range []int{1, 7, 5000, 1 << 20} {
		if got := convert(t, text, true, piece); got != want {
			t.Errorf("by %d: %q", piece, got)
		}
		if got := convert(t, "A: b\nBcc: c\nd", true, piece); got != "A: b\r\nd\r\n" {
			t.Errorf("by %d, with a body at once: %q", piece, got)
		}
		if got := convert(t, "Bcc: c", true, piece); got != "\r\n" {
			t.Errorf("by %d, alone: %q", piece, got)
		}
	}
	if got := convert(t, "Bcc: a\n\n", false, 9); got != "Bcc: a\r\n\r\n" {
		t.Errorf("Mailman 2.1: %q", got)
	}
}
