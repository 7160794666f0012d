package notice

import (
	"fmt"
	"io"
	"mime/quotedprintable"
	"strings"
	"time"
)

const (
	// maxNamed is how many recipients the text for people names. The delivery report
	// has all of them.
	maxNamed = 100
	// width is how long a line of the text is if its words allow it.
	width = 72
)

// text writes the part for people.
func (r *Report) text(w io.Writer) error {
	out := quotedprintable.NewWriter(w)
	say := func(format string, args ...any) { fmt.Fprintf(out, format, args...) }
	say("This is an automatic notice from the mail system of %s.\n\n", host(r.Domain))
	say("The message below did not reach all of its recipients.\nNo further attempt is made for those listed here.\n\n")
	r.about(say)
	n := 0
	for one := range r.Recipients {
		if n++; n > maxNamed {
			continue
		}
		say("\n%s\n%s\n", clean(one.Address, 500), indent(one.reason()))
	}
	if n > maxNamed {
		say("\nand %d more recipients, who are in the attached report.\n", n-maxNamed)
	}
	return out.Close()
}

// about says which message it is.
func (r *Report) about(say func(string, ...any)) {
	for _, field := range [][2]string{{"Subject", r.Subject}, {"Date", r.Date}, {"Message-ID", r.MessageID}} {
		if value := clean(field[1], 500); value != "" {
			say("%s\n", indent(field[0]+": "+value))
		}
	}
	if !r.Arrived.IsZero() {
		say("%s\n", indent("Received: "+r.Arrived.Format(time.RFC1123Z)))
	}
}

// reason is a sentence or two.
func (one Recipient) reason() string {
	answer := one.answer()
	switch {
	case one.Server == "" && one.GaveUp:
		return "Gave up after too many attempts: " + answer
	case one.Server == "":
		return "Not sent: " + answer
	case one.GaveUp:
		return "Gave up after too many attempts. The last answer of " + clean(one.Server, 300) + " was: " + answer
	}
	return clean(one.Server, 300) + " said: " + answer
}

// answer is the server's answer in one line.
func (one Recipient) answer() string {
	var words []string
	if one.Code > 0 {
		words = append(words, fmt.Sprint(one.Code))
	}
	for _, s := range []string{one.Enhanced, one.Text} {
		if s = clean(s, 1000); s != "" {
			words = append(words, s)
		}
	}
	if len(words) == 0 {
		return "no reason was given"
	}
	return strings.Join(words, " ")
}

// indent breaks a text at its blanks into lines that begin with four blanks, the later
// ones with six.
func indent(s string) string {
	var out strings.Builder
	n := 0
	for word := range strings.FieldsSeq(s) {
		switch {
		case out.Len() == 0:
			out.WriteString("    ")
			n = 4
		case n+1+len(word) > width:
			out.WriteString("\n      ")
			n = 6
		default:
			out.WriteByte(' ')
			n++
		}
		out.WriteString(word)
		n += len(word)
	}
	return out.String()
}

// clean returns at most n bytes of a text, in one line of UTF-8 without control characters.
func clean(s string, n int) string {
	s = strings.ToValidUTF8(s[:min(len(s), n)], "\uFFFD")
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		switch {
		case c < ' ', 0x7F <= c && c < 0xA0, c == '\u2028', c == '\u2029':
			return ' '
		case 0x200E <= c && c <= 0x200F, 0x202A <= c && c <= 0x202E, 0x2066 <= c && c <= 0x2069:
			// These change the direction of the text around them.
			return -1
		}
		return c
	}, s))
}
