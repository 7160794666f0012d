package message

import (
	"bytes"
	"strings"
)

// addresses returns the addresses in the value of a field.
func addresses(value string) []string {
	if one, ok := onlyAddress(value); ok {
		return []string{one}
	}
	return parseAddresses(value)
}

// onlyAddress returns the address in a value of the usual form: an address alone, or one
// in angle brackets after a name without special characters. It returns false for every
// other value. The parser would take most of the time of a long listing.
func onlyAddress(value string) (string, bool) {
	address := value
	if open := strings.IndexByte(value, '<'); open >= 0 {
		if strings.ContainsAny(value[:open], `"(),:;@\>`) || value[len(value)-1] != '>' {
			return "", false
		}
		address = value[open+1 : len(value)-1]
	}
	local, domain, ok := strings.Cut(address, "@")
	return address, ok && isDotAtom(local) && isDotAtom(domain)
}

// isDotAtom reports whether s is words of ASCII letters, digits and a few other
// characters, with a dot between two words: RFC 5322's dot-atom-text.
func isDotAtom(s string) bool {
	dot := true
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.':
			if dot {
				return false
			}
			dot = true
			continue
		case c <= ' ' || c >= 0x7F || strings.IndexByte(`()<>[]:;@\,"`, c) >= 0:
			return false
		}
		dot = false
	}
	return !dot
}

// parseAddresses returns the addresses in a value of any form: of each mailbox, the one in
// angle brackets, or else the first word that looks like an address. It reads whatever RFC
// 5322 allows, and finds what it can in the rest. It does not use net/mail, which refuses
// the rest and makes every command link package net.
func parseAddresses(value string) []string {
	p := addressParser{rest: value, comments: true}
	for p.rest != "" {
		p.next()
	}
	p.endMailbox()
	return p.found
}

// addressParser reads the value of a field.
type addressParser struct {
	rest  string
	found []string
	// words are those of the mailbox so far, or only those in its angle brackets.
	words [][]byte
	// apart means that something stood after the last word that ends it.
	apart bool
	// angle means that an angle bracket has been opened, and closed that it was closed again.
	angle, closed bool
	// comments is false after a parenthesis that nothing closes. From there on,
	// parentheses only separate words, which keeps the work linear.
	comments bool
}

// next reads the next part of the value.
func (p *addressParser) next() {
	c := p.rest[0]
	switch c {
	case '"':
		if text, n := quotedText(p.rest); n > 0 {
			p.rest = p.rest[n:]
			p.apart = true
			p.add(text)
			p.apart = true
			return
		}
	case '(':
		if n := p.comment(); n > 0 {
			p.rest = p.rest[n:]
			p.apart = true
			return
		}
	case '<':
		if !p.angle {
			p.angle, p.words = true, nil
		}
	case '>':
		p.closed = p.angle
	case ':':
		p.words = nil // they were the name of a group, or a route
	case ',', ';':
		p.endMailbox()
	case '\\':
		n := min(2, len(p.rest))
		p.add(p.rest[:n])
		p.rest = p.rest[n:]
		return
	case '[':
		// A domain literal may have colons.
		if end := strings.IndexAny(p.rest[1:], "[]\\<>, \t\r\n"); end >= 0 && p.rest[1+end] == ']' {
			p.add(p.rest[:end+2])
			p.rest = p.rest[end+2:]
			return
		}
		fallthrough
	default:
		if n := strings.IndexAny(p.rest, " \t\r\n\"()<>:;,\\["); n > 0 {
			p.add(p.rest[:n])
			p.rest = p.rest[n:]
			return
		} else if n < 0 {
			p.add(p.rest)
			p.rest = ""
			return
		}
	}
	p.apart = true
	p.rest = p.rest[1:]
}

// add adds text to the last word, or begins a new one. Blanks and comments around an "@"
// separate nothing.
func (p *addressParser) add(text string) {
	last := len(p.words) - 1
	switch {
	case p.closed:
	case last >= 0 && (!p.apart || strings.HasPrefix(text, "@") || bytes.HasSuffix(p.words[last], []byte("@"))):
		p.words[last] = append(p.words[last], text...)
	default:
		p.words = append(p.words, []byte(text))
	}
	p.apart = false
}

func (p *addressParser) endMailbox() {
	for _, word := range p.words {
		if at := bytes.IndexByte(word, '@'); at > 0 && at < len(word)-1 {
			p.found = append(p.found, string(word))
			break
		}
	}
	p.words, p.angle, p.closed = nil, false, false
}

// quotedText returns the text of the quoted string that s begins with, and its length in
// s, which is 0 if nothing ends it.
func quotedText(s string) (text string, n int) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), i + 1
		case '\\':
			if i++; i == len(s) {
				return "", 0
			}
		}
		b.WriteByte(s[i])
	}
	return "", 0
}

// comment returns the length of the comment that the rest begins with. It is 0 if nothing
// ends it.
func (p *addressParser) comment() int {
	depth := 0
	for i := 0; p.comments && i < len(p.rest); i++ {
		switch p.rest[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	p.comments = false
	return 0
}
