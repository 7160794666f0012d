package client

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxAddress is what RFC 5321 leaves for an address in a command line of 512 bytes. Some
// servers read the rest of a longer line as another command.
const maxAddress = 500

// badAddress says why an address cannot be sent. It is empty if the address can, and a
// server cannot read it as anything but one address.
func badAddress(address string) string {
	if len(address) > maxAddress {
		return "the address is longer than 500 bytes"
	}
	if !utf8.ValidString(address) {
		return "the address is not UTF-8"
	}
	if strings.ContainsAny(address, "<>") {
		return "the address has an angle bracket"
	}
	quoted, escaped := false, false
	for _, r := range address {
		switch {
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			return "the address has a control character"
		case r == ' ' && !quoted:
			return "the address has a space"
		case escaped:
			escaped = false
		case r == '\\' && quoted:
			escaped = true
		case r == '"':
			quoted = !quoted
		}
	}
	if quoted {
		return "the address has a quote without end"
	}
	return ""
}

// ascii reports whether an address needs no SMTPUTF8.
func ascii(address string) bool {
	for i := range len(address) {
		if address[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
