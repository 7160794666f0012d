package journal

import "time"

// Delivery is what became of a message for one recipient. It is not a change of the entry, which
// is for others as well.
type Delivery struct {
	// Fate is the line's first word.
	Fate Fate
	// Entry is the path of the entry. List and MessageID are as in [queue.About].
	Entry, List, MessageID string
	// Sender is the envelope sender, "" for the null sender.
	Sender, Recipient string
	// Server is the mail server, and Answer what it said.
	Server, Answer string
}

// Fate is what became of a message for a recipient.
type Fate string

const (
	WasSent    Fate = "sent"
	WasPutOff  Fate = "deferred"
	WasRefused Fate = "refused"
)

// LogDelivery writes the line of a delivery. An error is as that of [Journal.Log].
func (j *Journal) LogDelivery(d Delivery) error {
	return j.write(func(dst []byte) []byte {
		d.Entry = j.absolute(d.Entry)
		return j.line.appendDelivery(dst, time.Now(), d)
	})
}

// appendDelivery appends the line of a delivery, without a newline.
func (l *line) appendDelivery(dst []byte, now time.Time, d Delivery) []byte {
	if l.json {
		o := l.object(dst, now, string(d.Fate))
		addText(o, "entry", cutPath(d.Entry))
		addText(o, "list", cut(d.List))
		addText(o, "message_id", cut(d.MessageID))
		o.Text("sender", cut(d.Sender))
		o.Text("recipient", cut(d.Recipient))
		addText(o, "server", cut(d.Server))
		addText(o, "answer", cut(d.Answer))
		return o.End()
	}
	dst = l.begin(dst, now, string(d.Fate))
	dst = appendField(dst, "list", cut(d.List))
	dst = appendField(dst, "message-id", cut(d.MessageID))
	dst = appendField(dst, "entry", cutPath(d.Entry))
	dst = appendField(dst, "sender", "<"+cut(d.Sender)+">") // <> is the null sender
	dst = appendField(dst, "recipient", "<"+cut(d.Recipient)+">")
	dst = appendField(dst, "server", cut(d.Server))
	return appendField(dst, "answer", cut(d.Answer))
}
