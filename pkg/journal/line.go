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
	if !l.headless {
		when, _ := jsonline.FormatTime(now)
		dst = append(dst, when+" "...)
		dst = append(dst, plain(l.command)+"["+strconv.Itoa(l.pid)+"]: "...)
	}
	dst = append(dst, e.Kind...)
	field := func(name, value string) {
		if value != "" {
			dst = append(append(append(dst, ' '), name...), '=')
			dst = append(dst, plain(value)...)
		}
	}
	field("user", l.user)
	if about := e.About; about != nil {
		field("list", cut(about.List))
		field("message-id", cut(about.MessageID))
		field("restores", strconv.Itoa(about.Restores))
	}
	field("from", cutPath(e.From))
	field("to", cutPath(e.To))
	return dst
}

func (l *line) appendJSON(dst []byte, now time.Time, e queue.Event) []byte {
	o := jsonline.NewObject(dst)
	text := func(name, value string) {
		if value != "" {
			o.Text(name, value)
		}
	}
	o.Time("time", now)
	text("command", l.command)
	o.Int("pid", int64(l.pid))
	text("user", l.user)
	text("event", string(e.Kind))
	text("from", cutPath(e.From))
	text("to", cutPath(e.To))
	if about := e.About; about != nil {
		text("list", cut(about.List))
		text("message_id", cut(about.MessageID))
		o.Int("restores", int64(about.Restores))
	}
	return o.End()
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
