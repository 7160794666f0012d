package journal

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"switchboard/pkg/jsonline"
	"switchboard/pkg/queue"
)

// The longest fields, in bytes. rsyslog cuts lines of more than 8 KiB.
const (
	longestText = 256
	longestPath = 1024
)

// line writes lines. Its fields are the same in all lines of a process.
type line struct {
	command, user string
	pid           int
	json          bool
	// headless leaves out the time, the command and the pid.
	headless bool
}

// append appends the line of an event, without a newline. A field that the entry does not
// have is left out.
func (l *line) append(dst []byte, now time.Time, e queue.Event) []byte {
	if l.json {
		return l.appendJSON(dst, now, e)
	}
	dst = l.begin(dst, now, string(e.Kind))
	if about := e.About; about != nil {
		dst = appendField(dst, "list", cut(about.List))
		dst = appendField(dst, "message-id", cut(about.MessageID))
		dst = appendField(dst, "restores", strconv.Itoa(about.Restores))
	}
	dst = appendField(dst, "from", cutPath(e.From))
	return appendField(dst, "to", cutPath(e.To))
}

// begin appends what all lines have: the time, the command and its pid, what happened, and
// the user.
func (l *line) begin(dst []byte, now time.Time, what string) []byte {
	if !l.headless {
		when, _ := jsonline.FormatTime(now)
		dst = append(dst, when+" "...)
		dst = append(dst, plain(l.command)+"["+strconv.Itoa(l.pid)+"]: "...)
	}
	return appendField(append(dst, what...), "user", l.user)
}

// appendField appends a field, unless its value is empty.
func appendField(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(append(append(dst, ' '), name...), '=')
	return append(dst, plain(value)...)
}

func (l *line) appendJSON(dst []byte, now time.Time, e queue.Event) []byte {
	o := l.object(dst, now, string(e.Kind))
	addText(o, "from", cutPath(e.From))
	addText(o, "to", cutPath(e.To))
	if about := e.About; about != nil {
		addText(o, "list", cut(about.List))
		addText(o, "message_id", cut(about.MessageID))
		o.Int("restores", int64(about.Restores))
	}
	return o.End()
}

// object begins a JSON object with what begin appends.
func (l *line) object(dst []byte, now time.Time, what string) *jsonline.Object {
	o := jsonline.NewObject(dst)
	o.Time("time", now)
	addText(o, "command", l.command)
	o.Int("pid", int64(l.pid))
	addText(o, "user", l.user)
	addText(o, "event", what)
	return o
}

// addText adds a member, unless its value is empty.
func addText(o *jsonline.Object, name, value string) {
	if value != "" {
		o.Text(name, value)
	}
}

// plain returns a value as it is if it is one word, and otherwise quoted as in Go, so that
// no byte of it ends a line or looks like another field.
func plain(value string) string {
	odd := func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' || r == '"' || r == '\\' }
	if utf8.ValidString(value) && strings.IndexFunc(value, odd) < 0 {
		return value
	}
	return strconv.Quote(value)
}

// cut cuts a long text after a whole character.
func cut(text string) string {
	if len(text) <= longestText {
		return text
	}
	n := longestText
	for n > longestText-utf8.UTFMax && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "..."
}

// cutPath cuts a long path at its beginning: the entry's name is at the end.
func cutPath(path string) string {
	if len(path) <= longestPath {
		return path
	}
	n := len(path) - longestPath
	for n < len(path) && !utf8.RuneStart(path[n]) {
		n++
	}
	return "..." + path[n:]
}
