package client

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Stage is the step of a transaction that settled a recipient's fate.
type Stage int

// The stages. Only an answer of StageEnd can mean that the server took the mail.
const (
	// StageNone means that the recipient was not tried.
	StageNone Stage = iota
	// StageLocal means that the mail was not offered, because the server would have had to
	// refuse it or could have misunderstood it.
	StageLocal
	// StageMail, StageRcpt, StageData and StageEnd name the command that was answered, or
	// whose answer did not come. StageEnd is the final dot.
	StageMail
	StageRcpt
	// StageNext means that the transaction had too many recipients. This one can be sent in
	// the next transaction at once.
	StageNext
	StageData
	StageEnd
	// StageUnknown means that the whole mail was sent and no valid answer came. The server
	// may have taken it, so sending it again may be a second copy.
	StageUnknown
)

var stages = [...]string{"not tried", "before sending", "MAIL", "RCPT", "too many recipients", "DATA", "end of data", "unknown"}

// String returns the stage's name, for messages.
func (s Stage) String() string {
	if s < 0 || int(s) >= len(stages) {
		return "invalid stage"
	}
	return stages[s]
}

// Answer is what became of one recipient.
type Answer struct {
	// Code is the server's code, or the one that describes a StageLocal refusal. It is 0 if
	// no valid answer came.
	Code int
	// Enhanced is the enhanced status code (RFC 3463), as in "5.1.1", empty if the answer
	// has none that agrees with Code.
	Enhanced string
	// Text is the rest of the answer: one printable line, at most maxText bytes.
	Text  string
	Stage Stage
}

// Taken reports whether the server has taken responsibility for the recipient.
func (a Answer) Taken() bool { return a.Stage == StageEnd && a.Code/10 == 25 }

// Permanent reports whether the recipient was refused for good. 552 mostly is not, as in
// Mailman: a mailbox over its quota has it, and RFC 821 had it for too many recipients. It is
// if it says that the mail is too large.
func (a Answer) Permanent() bool {
	switch a.Stage {
	case StageLocal:
		return a.Code/100 == 5
	case StageMail, StageRcpt, StageData, StageEnd:
		return a.Code/100 == 5 && (a.Code != 552 || a.Enhanced == "5.3.4")
	default:
		return false
	}
}

// Temporary reports whether the recipient should be tried again. Whatever is not known is
// temporary.
func (a Answer) Temporary() bool { return !a.Taken() && !a.Permanent() }

// undecided reports whether the recipient's fate is not settled: it has no answer, or RCPT was
// taken and the text was not sent yet.
func (a Answer) undecided() bool {
	return a.Stage == StageNone || a.Stage == StageRcpt && a.Code/10 == 25
}

// String returns the answer as a server would write it, on one line.
func (a Answer) String() string {
	var b strings.Builder
	if a.Code != 0 {
		b.WriteString(digits(a.Code))
	}
	for _, part := range []string{a.Enhanced, a.Text} {
		if part != "" {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(part)
		}
	}
	return b.String()
}

// digits returns a code of three digits.
func digits(code int) string {
	return string([]byte{byte('0' + code/100%10), byte('0' + code/10%10), byte('0' + code%10)})
}

// maxText bounds Answer.Text in bytes.
const maxText = 500

// newAnswer returns the answer with a code and the lines of its text, separated by \n.
func newAnswer(stage Stage, code int, text []byte) Answer {
	a := Answer{Code: code, Stage: stage}
	lines := string(text)
	if enhanced := enhancedCode(lines, code); enhanced != "" {
		a.Enhanced = enhanced
		// RFC 2034 repeats it on every line.
		lines = strings.ReplaceAll("\n"+lines+" ", "\n"+enhanced+" ", "\n")
	}
	a.Text = printable(lines)
	return a
}

// enhancedCode returns the enhanced status code that a text begins with, empty if there is
// none or its class contradicts the code.
func enhancedCode(text string, code int) string {
	end := strings.IndexAny(text, " \n")
	if end < 0 {
		end = len(text)
	}
	found := text[:end]
	parts := strings.Split(found, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || int(parts[0][0]) != '0'+code/100 {
		return ""
	}
	for _, part := range parts {
		if len(part) < 1 || len(part) > 3 || strings.Trim(part, "0123456789") != "" {
			return ""
		}
	}
	return found
}

// printable returns a server's text as one printable line of at most maxText bytes.
func printable(text string) string {
	var b strings.Builder
	space := false
	for _, r := range text {
		if r == ' ' || r == '\t' || r == '\r' || r == '\n' {
			space = true
			continue
		}
		if !unicode.IsPrint(r) {
			r = utf8.RuneError
		}
		if b.Len()+1+utf8.RuneLen(r) > maxText {
			break
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}
