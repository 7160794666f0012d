package message

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"switchboard/pkg/message/internal/pycodec"
)

// wordPattern matches an encoded word, as in Python's email.header.
var wordPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`=\?([^?\s]*?)\?([qQbB])\?(.*?)\?=`)
})

// decodeWords decodes the encoded words in the value of a field as Python does. It
// removes blanks between neighbours, and decodes the bytes of neighbours that have
// the same charset together. A word that cannot be decoded stays as it is.
func decodeWords(value string) string {
	if !strings.Contains(value, "=?") {
		return value
	}
	found := wordPattern().FindAllStringSubmatchIndex(value, -1)
	var (
		out     strings.Builder
		charset string
		run     []byte
		// source is how the words of the run are written, in case they cannot be
		// decoded. end is where they end.
		source strings.Builder
		end    int
	)
	flush := func() {
		if text, ok := decodeCharset(charset, run); ok {
			out.WriteString(text)
		} else {
			out.WriteString(source.String())
		}
		run = run[:0]
		source.Reset()
	}
	words := 0
	for _, at := range found {
		content, ok := rawWord(value[at[4]:at[5]], value[at[6]:at[7]])
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(lower(value[at[2]:at[3]]), "*") // RFC 2231's language
		between := value[end:at[0]]
		neighbour := words > 0 && strings.TrimSpace(between) == ""
		if words > 0 && neighbour && name == charset {
			source.WriteString(between)
		} else {
			if words > 0 {
				flush()
			}
			if !neighbour {
				out.WriteString(between)
			}
			charset = name
		}
		source.WriteString(value[at[0]:at[1]])
		run = append(run, content...)
		end = at[1]
		words++
	}
	if words > 0 {
		flush()
	}
	out.WriteString(value[end:])
	return out.String()
}

// rawWord decodes the text of an encoded word to bytes. The bytes of two neighbours may be
// halves of one character, so words are joined before their charset is decoded. Like
// Python, rawWord adds missing padding.
func rawWord(encoding, text string) ([]byte, bool) {
	if lower(encoding) == "b" {
		out, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
		return out, err == nil
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '_':
			out = append(out, ' ')
		case c == '=':
			if i+2 >= len(text) {
				return nil, false
			}
			n, err := strconv.ParseUint(text[i+1:i+3], 16, 8)
			if err != nil {
				return nil, false
			}
			out = append(out, byte(n))
			i += 2
		case ' ' <= c && c <= '~', c == '\t', c == '\r', c == '\n':
			out = append(out, c)
		default:
			return nil, false
		}
	}
	return out, true
}

// decodeCharset decodes text in a charset that mail names: by a name that Python
// knows, or by one that the Web uses.
func decodeCharset(name string, text []byte) (string, bool) {
	name = strings.TrimPrefix(name, "x-")
	if number, ok := strings.CutPrefix(name, "windows-"); ok {
		name = "cp" + number
	}
	switch name {
	case "", "unknown", "unknown-8bit":
		name = "us-ascii"
	case "iso-8859-6-i", "iso-8859-8-i":
		name = name[:len("iso-8859-8")] // the suffix is the direction of the text
	}
	codec, found := pycodec.Find(pycodec.Python3, name)
	if found != pycodec.Text {
		return "", false
	}
	out, ok := codec.Decode(text)
	return string(out), ok
}
