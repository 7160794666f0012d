package notice

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// status writes the part for programs.
func (r *Report) status(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "Reporting-MTA: dns; %s\n", host(r.Domain))
	if !r.Arrived.IsZero() {
		fmt.Fprintf(out, "Arrival-Date: %s\n", r.Arrived.Format(time.RFC1123Z))
	}
	for one := range r.Recipients {
		fmt.Fprintf(out, "\nFinal-Recipient: %s\nAction: failed\nStatus: %s\n", recipient(one.Address), one.status())
		kind := "X-Switchboard"
		if one.Server != "" {
			kind = "smtp"
			fmt.Fprintf(out, "Remote-MTA: dns; %s\n", host(one.Server))
		}
		fmt.Fprintf(out, "Diagnostic-Code: %s\n", fold(kind+"; "+ascii(one.answer())))
	}
	return out.Flush()
}

// status returns the server's enhanced code (RFC 3463) if it is one, else the class of the
// answer.
func (one Recipient) status() string {
	class, rest, _ := strings.Cut(one.Enhanced, ".")
	subject, detail, ok := strings.Cut(rest, ".")
	if ok && (class == "4" || class == "5") && isNumber(subject) && isNumber(detail) {
		return one.Enhanced
	}
	switch {
	case one.GaveUp:
		return "4.4.7" // the time for delivery has passed
	case 400 <= one.Code && one.Code < 500:
		return "4.0.0"
	}
	return "5.0.0"
}

func isNumber(s string) bool {
	return 0 < len(s) && len(s) <= 3 && strings.Trim(s, "0123456789") == ""
}

// ascii replaces each character that the report cannot have.
func ascii(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 0x7F {
			return '?'
		}
		return c
	}, s)
}

// fold breaks the value of a field at its blanks, and words that no line can have.
func fold(s string) string {
	const longest = 900
	var out strings.Builder
	n := len("Diagnostic-Code:")
	for word := range strings.FieldsSeq(s) {
		for len(word) > longest {
			out.WriteString("\n " + word[:longest])
			word, n = word[longest:], longest
		}
		if n > len("Diagnostic-Code:") && n+1+len(word) > width {
			out.WriteString("\n ")
			n = 1
		} else if out.Len() > 0 {
			out.WriteByte(' ')
			n++
		}
		out.WriteString(word)
		n += len(word)
	}
	return out.String()
}
