package message

import (
	"strings"

	"switchboard/pkg/pickle"
)

// EnvelopeSender returns the address that the message was sent from, by SMTP's MAIL: the
// metadata's envsender, else that of the envelope line which a mail server put before the
// message, else that of X-MailFrom, which Mailman 3 adds, or of Return-Path. It returns ""
// if nothing says it, or if it was the null sender.
func (c *Content) EnvelopeSender() string {
	if s := c.text("envsender"); s != "" {
		return s
	}
	if line, ok := strings.CutPrefix(c.firstLine(), envelope); ok {
		if sender := strings.Fields(line); len(sender) > 0 {
			return sender[0]
		}
	}
	for _, name := range []string{"X-MailFrom", "Return-Path"} {
		value, _ := c.field(name, longHeader)
		if list := addresses(value); len(list) > 0 {
			return list[0]
		}
	}
	return ""
}

// firstLine returns the beginning of a message that was stored as text, or the envelope
// line of a parsed one.
func (c *Content) firstLine() string {
	text, ok := c.msg.(*pickle.String)
	if o, parsed := c.msg.(*pickle.Object); parsed {
		if state, has := stateOf(o); has {
			text, ok = state.Get("_unixfrom").(*pickle.String)
		}
	}
	if !ok {
		return ""
	}
	b, err := stringBytes(text, headerLen)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return line
}
