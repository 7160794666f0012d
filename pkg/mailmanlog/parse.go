package mailmanlog

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// parser gathers the reasons in a log, line by line.
type parser struct {
	path string
	// only, unless nil, is the only entry of interest.
	only *Entry
	// cut says that the log is read from the middle of a line.
	cut   bool
	found map[string]Reason
	// failures are what the processes have logged, until they log which entry it was.
	failures map[int]*failure
	// text is the text of the last reason.
	text string
	// last is the record that a line without a time continues, or nil.
	last *failure
}

// failure is what a process has logged about an exception.
type failure struct {
	pid   int
	stamp string
	// message is the exception's text, line the line of the traceback that names the
	// exception. frames says that the traceback has not got there.
	message, line string
	frames        bool
	// unpickling says that the next line names the entry.
	unpickling bool
}

// mostFailures is how many processes are remembered. A Mailman has about ten; a
// process that ended in between leaves its failure behind.
const mostFailures = 1000

func newParser(path string, only *Entry) *parser {
	return &parser{path: path, only: only, found: map[string]Reason{}, failures: map[int]*failure{}}
}

const (
	uncaught   = "Uncaught runner exception: "
	traceback  = "Traceback (most recent call last):"
	unpickling = "Unpickling .bak exception: "
	// Mailman 3: MESSAGE-ID runner "QUEUE" shunting message for missing list: LIST
	runner = ` runner "`
	noList = `" shunting message for missing list: `
)

// outcomes are the records that end with an entry's file base.
var outcomes = []struct {
	before string
	// reads says that Mailman could not read the entry.
	reads bool
	// alone is the reason if no exception comes first.
	alone string
}{
	{before: "SHUNTING: "},
	{before: "SHUNTING FAILED, preserving original entry: "},
	{before: "Skipping and preserving unparseable message: ", reads: true},
	{before: "Ignoring unparseable message: ", reads: true},
	{before: ".bak file max count, preserving file: ", alone: ".bak file max count"},
}

// line takes the next line.
func (p *parser) line(b []byte) {
	stamp, pid, text, ok := cutStamp(b)
	if !ok {
		if p.last != nil {
			p.more(strings.TrimRight(string(b), "\r\n"))
		}
		return
	}
	p.last = nil
	// Only the other lines need a string.
	if pid == 0 || len(text) == 0 || !strings.ContainsRune("UTSI.<", rune(text[0])) {
		return
	}
	record := strings.TrimRight(string(text), "\r\n")
	if message, list, ok := strings.Cut(record, noList); ok {
		// With a NUL in it, the key could be that of another message.
		if i := strings.LastIndex(message, runner); i > 0 && strings.IndexByte(record, 0) < 0 {
			p.store(missing(message[:i], list), string(stamp), record[len(message)+len(`" `):])
		}
		return
	}
	if message, ok := strings.CutPrefix(record, uncaught); ok {
		p.fail(&failure{pid: pid, stamp: string(stamp), message: message})
		return
	}
	if record == traceback {
		if f := p.failures[pid]; f != nil {
			f.frames, p.last = true, f
		}
		return
	}
	if strings.HasPrefix(record, unpickling) {
		p.fail(&failure{pid: pid, stamp: string(stamp), message: record, unpickling: true})
		p.last = p.failures[pid]
		return
	}
	for _, o := range outcomes {
		base, ok := strings.CutPrefix(record, o.before)
		if !ok {
			continue
		}
		f := p.failures[pid]
		delete(p.failures, pid)
		if o.alone != "" {
			f = &failure{stamp: string(stamp), message: o.alone}
		}
		if f != nil && !(o.reads && f.isMove(base)) {
			p.keep(base, f)
		}
		return
	}
}

// fail remembers the failure of a process.
func (p *parser) fail(f *failure) {
	if len(p.failures) >= mostFailures {
		clear(p.failures)
	}
	p.failures[f.pid] = f
}

// more takes a line that continues the last record.
func (p *parser) more(line string) {
	f := p.last
	switch {
	case f.unpickling:
		// Before this line come further lines of the exception's text. Mailman 2.1 and 3
		// differ in the first letter.
		const before = "preserving file: "
		if len(line) >= len(before) && strings.EqualFold(line[:len(before)], before) {
			p.keep(line[len(before):], f)
			p.last = nil
		}
	case line == traceback:
		f.frames = true // of an exception that came while another was handled
	case f.frames && line != "" && line[0] != ' ':
		f.line, f.frames = line, false
	}
}

// keep stores the reason for an entry.
func (p *parser) keep(base string, f *failure) {
	text := f.line
	if text == "" {
		text = f.message
	}
	if isBase(base) {
		p.store(base, f.stamp, text)
	}
}

// store stores a reason, unless the time in the record is not one.
func (p *parser) store(key, stamp, text string) {
	if p.only != nil && key != p.only.Base && key != missing(p.only.MessageID, p.only.List) {
		return
	}
	when, err := time.ParseInLocation(layout, stamp, time.Local)
	if text == "" || err != nil {
		return
	}
	// Many entries in a row have the same reason.
	if text = shorten(text); text == p.text {
		text = p.text
	}
	p.text = text
	// The key may be a part of a long line.
	p.found[strings.Clone(key)] = Reason{Text: text, Stamp: stamp, Time: when, Path: p.path}
}

// isMove reports whether a failure to read an entry only says that the file is not
// there: somebody moved or discarded it before Mailman got there. Mailman 2.1 does
// not name the file if the rename fails.
func (f *failure) isMove(base string) bool {
	text := f.line
	if text == "" {
		text = f.message
	}
	_, what, ok := strings.Cut(text, "[Errno 2] ")
	return ok && (what == "No such file or directory" || strings.Contains(what, base+".pck") || strings.Contains(what, base+".bak"))
}

// isBase reports whether text has the form of a file base: TIME+DIGEST.
func isBase(text string) bool {
	when, digest, ok := strings.Cut(text, "+")
	return ok && when != "" && len(when) <= 32 && len(digest) == 40 && strings.Trim(when, "0123456789.e-") == "" &&
		strings.Trim(digest, "0123456789abcdef") == ""
}

// shorten cuts a text that is too long, between characters.
func shorten(text string) string {
	if len(text) <= MostText {
		return strings.Clone(text)
	}
	const end = "..."
	const most = MostText - len(end)
	n := most
	for n > most-utf8.UTFMax && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + end
}

// layout is the time in a record: Python's "%b %d %H:%M:%S %Y".
const layout = "Jan 02 15:04:05 2006"

// cutStamp splits the first line of a record: its time, the number of the process,
// and the text. If ok is false, the line continues a record. pid is 0 in records of
// another kind, such as those in which Mailman 2.1 names the program.
func cutStamp(line []byte) (stamp []byte, pid int, text []byte, ok bool) {
	if len(line) < len(layout)+1 || line[3] != ' ' || line[6] != ' ' || line[9] != ':' || line[12] != ':' || line[15] != ' ' ||
		line[20] != ' ' || !isDigit(line[4]) || !isDigit(line[7]) || !isDigit(line[16]) {
		return nil, 0, nil, false
	}
	stamp, rest := line[:len(layout)], line[len(layout)+1:]
	if len(rest) < 4 || rest[0] != '(' {
		return stamp, 0, nil, true
	}
	end := 1
	for end < len(rest) && end < 12 && isDigit(rest[end]) {
		end++
	}
	if end+1 >= len(rest) || rest[end] != ')' || rest[end+1] != ' ' {
		return stamp, 0, nil, true
	}
	pid, _ = strconv.Atoi(string(rest[1:end]))
	return stamp, pid, rest[end+2:], true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
