package wire

import "bytes"

const (
	// foldAt is the longest line that is not folded, in bytes. RFC 5322 recommends it,
	// and both Mailmans fold there.
	foldAt = 78
	// mustFold is the longest line that RFC 5322 allows. Some servers refuse longer ones.
	mustFold = 998
	// maxHeld limits how much of a line is held back. A line that is longer and is not
	// folded yet has no place for that.
	maxHeld = 4 << 10
)

// none is a place in a line that there is not.
const none = -1

// header is the state of the converter in the header of the message.
type header struct {
	// held is the part of a line whose end has not come.
	held []byte
	// begun says that the beginning of the line was looked at.
	begun bool
	// inField says that there is a field that the line may continue, leftOut that this
	// field is left out.
	inField, leftOut bool
	// name is the length of the field's name and colon if the line begins with them, else
	// none.
	name int
	// written is how much of the line was written since its last fold.
	written int
	// inked says that not all of that is blank, quoted that it ends in a quoted string.
	inked, quoted bool
}

// fold writes a line of the header without its line end. If more of the line follows,
// fold returns what it does not write yet.
//
// A line is folded before the last blanks that leave it short enough, else before the
// first ones. Blanks in a quoted string come second, because not every reader unfolds the
// boundary of a multipart. The line is folded after the name of the field only if it is
// too long for a server, because not every reader expects a value in the next line. Blanks
// at the beginning or the end of a line are not a place to fold it: there would be a line of
// blanks, which a server may take for the end of the header.
func (c *converter) fold(line []byte, last bool) (rest []byte) {
	h := &c.header
	if !h.begun {
		if !c.begin(line) {
			c.inBody, h.leftOut = true, false
			c.text(line)
			return nil
		}
		h.begun = true
	}
	for !last || h.written+len(line) > foldAt {
		n, ok := h.place(line, last)
		c.field(line[:n])
		line = line[n:]
		if !ok {
			h.written += n
			break
		}
		if !h.leftOut {
			c.newline()
		}
		h.written = 0
	}
	if !last {
		return line
	}
	c.field(line)
	h.begun, h.written, h.inked, h.quoted = false, 0, false, false
	return nil
}

// begin looks at the beginning of a line. It reports whether the line belongs to the
// header.
func (c *converter) begin(line []byte) bool {
	h := &c.header
	h.name = none
	if len(line) > 0 && isBlank(line[0]) {
		return h.inField
	}
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || colon >= mustFold || bytes.ContainsFunc(line[:colon], isNotName) {
		// The header ends here, as for Python's parser and for mail servers, even if
		// there is no empty line.
		return false
	}
	h.inField, h.name = true, colon+1
	h.leftOut = c.withoutBcc && isBcc(line[:colon])
	return true
}

func isBcc(name []byte) bool {
	return bytes.EqualFold(name, []byte("bcc")) || bytes.EqualFold(name, []byte("resent-bcc"))
}

func isNotName(c rune) bool { return c <= ' ' || c >= 0x7F }

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// place finds the first place where a line must be folded, and returns how much of the
// line to write. ok is false if it must not be folded there. What is not written has to
// be seen again.
func (h *header) place(line []byte, last bool) (n int, ok bool) {
	plain, quoted, named := none, none, none
	run, runQuoted := none, false // the blanks that line[i] is one of, or follows
	inQuotes, inked := h.quoted, h.inked
	for i := 0; i < len(line); i++ {
		b := line[i]
		if isBlank(b) && run == none && inked {
			run, runQuoted = i, inQuotes
		}
		if b <= ' ' {
			continue
		}
		switch {
		case run == none:
		case run == h.name:
			named = run
		case runQuoted:
			quoted = run
		default:
			plain = run
		}
		run, inked = none, true
		if b == '"' {
			inQuotes = !inQuotes
		} else if b == '\\' && inQuotes && i+1 < len(line) && line[i+1] > ' ' {
			i++
		}
		length := h.written + i + 1
		at := none
		switch {
		case length <= foldAt:
		case plain != none:
			at, h.quoted = plain, false
		case quoted != none:
			at, h.quoted = quoted, true
		case length > mustFold && named != none:
			at, h.quoted = named, false
		}
		if at != none {
			h.name, h.inked = none, false
			return at, true
		}
	}
	if last {
		return 0, false
	}
	if len(line) <= mustFold+foldAt {
		return 0, false
	}
	// No place so far, and the line is too long already. Blanks at its end are one, if
	// more than blanks follows.
	switch {
	case run > 0:
		n, inQuotes = run, runQuoted
	case run == 0 && isBlank(line[len(line)-1]):
		n = len(line) - 1
	default:
		n = len(line)
	}
	h.name, h.inked, h.quoted = none, inked, inQuotes
	return n, false
}

// field writes a part of a field.
func (c *converter) field(p []byte) {
	if !c.header.leftOut {
		c.text(p)
	}
}
