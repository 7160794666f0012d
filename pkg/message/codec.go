package message

import (
	"unicode/utf8"

	"switchboard/pkg/message/internal/pycodec"
)

// decodeText decodes text with a codec of Python 2, with U+FFFD for what is not
// valid. It returns false if there is no such codec.
func decodeText(name, text string) (string, bool) {
	codec, found := pycodec.Find(pycodec.Python2, name)
	if found != pycodec.Text {
		return text, false
	}
	decoded, ok := codec.Decode([]byte(text))
	return string(decoded), ok
}

// decodeWhole is decodeText for text that must not lose a byte.
func decodeWhole(name, text string) (string, bool) {
	codec, found := pycodec.Find(pycodec.Python2, name)
	if found != pycodec.Text {
		return "", false
	}
	decoded, ok := codec.Decode([]byte(text))
	if !ok {
		return "", false
	}
	for _, r := range decoded {
		if r == utf8.RuneError || !utf8.ValidRune(r) {
			return "", false
		}
	}
	return string(decoded), true
}

// fallbackWord returns the text of a header whose charset lacks a character or is
// not known here: an encoded word in UTF-8. For bytes that are not UTF-8 the word
// is in the charset that Python names unknown-8bit.
func fallbackWord(b []byte) string { return utf8Charset.word(b, fallbackName(b)) }

func fallbackName(b []byte) string {
	if utf8.Valid(b) {
		return "utf-8"
	}
	return "unknown-8bit"
}

// appendFallback appends the same text in words of at most 75 bytes.
func appendFallback(words []string, b []byte) []string {
	// In base64 these bytes take 60, with the name of the charset.
	const longest = 39
	name := fallbackName(b)
	for len(b) > 0 {
		n := min(longest, len(b))
		for name == "utf-8" && n < len(b) && !utf8.RuneStart(b[n]) {
			n--
		}
		words = append(words, utf8Charset.word(b[:n], name))
		b = b[n:]
	}
	return words
}
