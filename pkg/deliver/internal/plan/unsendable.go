package plan

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// longest is how long an address may be: a local part of 64 bytes and a domain of 255, the
// most that RFC 5321 asks servers to take.
const longest = 64 + 1 + 255

// unsendable says why an address cannot be an envelope sender, or nothing: it would mean
// something else in a command of SMTP, or end it. Recipients are the client's business: it
// refuses those that it cannot send, each by itself.
func unsendable(address string) string {
	switch {
	case address == "":
		return "the address is empty"
	case len(address) > longest:
		return fmt.Sprintf("the address has %d bytes", len(address))
	case !utf8.ValidString(address):
		return "the address is neither ASCII nor UTF-8"
	}
	quoted := closedQuote(address)
	for i, r := range address {
		switch {
		case r < ' ' || 0x7F <= r && r < 0xA0:
			return fmt.Sprintf("the address has a control character (%U)", r)
		case r == '<' || r == '>':
			return "the address has an angle bracket"
		case r == ' ' && i >= quoted:
			return "the address has a blank"
		}
	}
	return ""
}

// closedQuote returns the length of the quoted string that an address begins with, if it is
// the whole local part, or 0.
func closedQuote(address string) int {
	if !strings.HasPrefix(address, `"`) {
		return 0
	}
	for i := 1; i < len(address); i++ {
		switch address[i] {
		case '\\':
			i++
		case '"':
			if i++; i < len(address) && address[i] != '@' {
				return 0
			}
			return i
		}
	}
	return 0
}
