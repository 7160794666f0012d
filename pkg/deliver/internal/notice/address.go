package notice

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// recipient returns an address for Final-Recipient, with its type.
//
// Mailman takes this field apart at semicolons before it looks for quotes of an address, and
// disables a subscriber whom it finds. So a local part that is not plain is quoted. What is
// still not an address of RFC 5321 is written as RFC 6533 has it, in a type that Mailman
// does not look into: nobody else must be taken for it.
func recipient(address string) string {
	if a, ok := ascii822(address); ok {
		return "rfc822; " + a
	}
	if isAtom(address) && len(address) <= longest {
		return "rfc822; " + address // a local user
	}
	var out strings.Builder
	for _, c := range strings.ToValidUTF8(address, "\uFFFD") {
		if out.Len() > 2*longest {
			break // no line may be longer than 998 bytes
		}
		if c < utf8.RuneSelf && (isAtomByte(byte(c)) && c != '+' && c != '=' || c == '.' || c == '@') {
			out.WriteRune(c)
		} else {
			fmt.Fprintf(&out, "\\x{%02X}", c)
		}
	}
	return "utf-8; " + out.String()
}

// mailbox returns an address for the To of the notice.
func mailbox(address string) string {
	if a, ok := ascii822(address); ok {
		return a
	}
	special := strings.ContainsAny(address, " \"(),:;<>[\\]") || strings.Count(address, "@") != 1
	if special || len(address) > longest || !utf8.ValidString(address) || clean(address, longest) != address {
		return "undisclosed-recipients:;"
	}
	return address // of RFC 6531
}

// longest is more than the longest address that SMTP allows, in bytes.
const longest = 320

// ascii822 returns an address in the syntax of RFC 5321, quoted where it has to be. It returns
// false for an address that this syntax does not have.
func ascii822(address string) (string, bool) {
	local, domain, ok := cutAddress(address)
	if !ok || len(address) > longest || !isPrintable(local) {
		return "", false
	}
	if isDotAtom(local) || isQuoted(local) {
		return address, true
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(local) + `"@` + domain, true
}

// cutAddress cuts an address before its domain. It returns false if the domain is not one.
func cutAddress(address string) (local, domain string, ok bool) {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 {
		return "", "", false
	}
	local, domain = address[:at], address[at+1:]
	return local, domain, isDomain(domain)
}

func isDomain(s string) bool {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		s, ok = strings.CutSuffix(inner, "]")
		return ok && s != "" && strings.Trim(s, "0123456789abcdefABCDEFIPv.:") == ""
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || strings.ContainsFunc(label, func(c rune) bool {
			return c != '-' && c != '_' && (c < '0' || '9' < c) && (c < 'A' || 'Z' < c) && (c < 'a' || 'z' < c)
		}) {
			return false
		}
	}
	return true
}

func isDotAtom(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if !isAtom(atom) {
			return false
		}
	}
	return true
}

func isAtom(s string) bool {
	for i := range len(s) {
		if !isAtomByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isAtomByte(c byte) bool {
	return '!' <= c && c <= '~' && !strings.ContainsRune("\"(),.:;<>@[\\]", rune(c))
}

// isQuoted reports whether a local part is a quoted string.
func isQuoted(s string) bool {
	if len(s) < 3 || s[0] != '"' || s[len(s)-1] != '"' || !isPrintable(s) {
		return false
	}
	for i := 1; i < len(s)-1; i++ {
		switch s[i] {
		case '"':
			return false
		case '\\':
			if i++; i == len(s)-1 {
				return false
			}
		}
	}
	return true
}

func isPrintable(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || '~' < c })
}

// host returns the name of a server, or "localhost" if it is not one. It leaves out a port.
func host(s string) string {
	if i := strings.LastIndexByte(s, ':'); i > 0 && strings.Count(s, ":") == 1 {
		s = s[:i]
	}
	if len(s) > 255 || !isDomain(s) && !isDomain("["+s+"]") {
		return "localhost"
	}
	return s
}

// messageID returns a Message-ID that can be referred to.
func messageID(s string) (string, bool) {
	s = strings.TrimSpace(s)
	inner, ok := strings.CutPrefix(s, "<")
	inner, ok2 := strings.CutSuffix(inner, ">")
	return s, ok && ok2 && len(s) <= 500 && isPrintable(inner) && !strings.ContainsAny(inner, " <>")
}
