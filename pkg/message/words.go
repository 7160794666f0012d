package message

import (
	"encoding/base64"
	"io"
	"mime"
	"regexp"
	"strings"
	"sync"

	"switchboard/pkg/message/internal/pycodec"
)

// wordPattern is an encoded word, as Python's email.header has it.
var wordPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`=\?([^?\s]*?)\?([qQbB])\?(.*?)\?=`)
})

// rawWords decodes an encoded word to its bytes: those of neighbours may be halves of
// one character, so that words are put together before their charset is looked at.
var rawWords = mime.WordDecoder{
	CharsetReader: func(_ string, input io.Reader) (io.Reader, error) { return input, nil },
}

// decodeWords decodes the encoded words of a field's value, as Python does: blanks
// between neighbours go, and the bytes of neighbours of one charset are decoded
// together. A word that cannot be decoded stays as it is.
func decodeWords(value string) string {
	if !strings.Contains(value, "=?") {
		return value
	}
	found := wordPattern().FindAllStringSubmatchIndex(value, -1)
	var (
		out     strings.Builder
		charset string
		run     []byte
		// source is how the words of the run are written, in case that they cannot
		// be decoded, end where that ends.
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
		content, err := rawWord(value[at[4]:at[5]], value[at[6]:at[7]])
		if err != nil {
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

// rawWord decodes an encoded word's text. Like Python, it adds padding that is
// missing.
func rawWord(encoding, text string) ([]byte, error) {
	if lower(encoding) == "b" {
		text = strings.TrimRight(text, "=")
		return base64.RawStdEncoding.DecodeString(text)
	}
	out, err := rawWords.Decode("=?x?" + encoding + "?" + strings.ReplaceAll(text, "?", "=3F") + "?=")
	return []byte(out), err
}

// decodeCharset reads text in a charset that mail names: one that Python knows, or
// one of its names for the Web.
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
