package jsonline

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// plain escapes one character after the other.
func plain(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		c, n := utf8.DecodeRuneInString(text)
		switch i := strings.IndexRune("\"\\\n\r\t", c); {
		case i >= 0:
			b.WriteString(`\` + `"\nrt`[i:i+1])
		case unicode.IsGraphic(c):
			b.WriteString(text[:n])
		case c > 0xFFFF:
			high, low := utf16.EncodeRune(c)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, c)
		}
		text = text[n:]
	}
	return b.String()
}

// stream checks what becomes of a text that is written in pieces.
func stream(t *testing.T, pieces ...string) {
	t.Helper()
	text := strings.Join(pieces, "")
	var check Check
	var escaped, encoded bytes.Buffer
	e, b := NewEscaper(&escaped), NewBase64(&encoded)
	w := io.MultiWriter(&check, e, b)
	for _, piece := range pieces {
		if _, err := io.WriteString(w, piece); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(e.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	if check.Valid() != utf8.ValidString(text) {
		t.Errorf("%s: valid %v", brief(pieces...), check.Valid())
	}
	if want := plain(text); escaped.String() != want {
		t.Errorf("%s: escaped as %s, not %s", brief(pieces...), brief(escaped.String()), brief(want))
	}
	if want := base64.StdEncoding.EncodeToString([]byte(text)); encoded.String() != want {
		t.Errorf("%s: base64 is %s, not %s", brief(pieces...), brief(encoded.String()), brief(want))
	}
}

// brief returns the ends of texts, quoted.
func brief(texts ...string) string {
	var b strings.Builder
	for _, s := range texts {
		if len(s) > 64 {
			fmt.Fprintf(&b, "(%d bytes, …%q)", len(s), s[len(s)-64:])
			continue
		}
		fmt.Fprintf(&b, "(%q)", s)
	}
	return b.String()
}

// samples are what a border could break: characters of each length, with and without an
// escape, and sequences that are not UTF-8.
var samples = []string{
	"\u0080", "\u009b", "\u00ad", "\u00e9", "\u07ff", "\u0800", "\u2028", "\u202e", "\u4e2d", "\ufeff", "\ufffd", "\uffff",
	"\U00010000", "\U0001f600", "\U000e0041", "\U0010ffff",
	// Longer than needed.
	"\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80",
	// Surrogates, and beyond Unicode.
	"\xed\xa0\x80", "\xed\xb2\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
	// Cut off, at the end or by the next character.
	"\xc3", "\xe2\x80", "\xf0\x9f\x98", "\xc3\xc3\xa9", "\xe2\xc2\x9b", "\xe2\x80\xc2\x9b", "\xf0\x9f\xe2\x80\xae",
	"\xf0\x9f\x98\U000e0041", "\xe2\x80\"", "\xf0\x9f\x98\n", "\xc3\xa9\xa9", "\x80\x80",
	"\"\\", "\r\n", "\x1f !#[]^~\x7f", "\x7f\xff\x80\x00\x01\"!\\]", // neighbours of what is searched for
}

// TestText writes each sample and each byte in two pieces, wherever the cut is and wherever
// they are among the eight bytes that are searched at once.
func TestText(t *testing.T) {
	t.Parallel()
	all := samples
	for c := range 256 {
		all = append(all, string([]byte{byte(c)}))
	}
	for _, sample := range all {
		for _, around := range []string{"a", "\n", "é"} {
			for n := range 9 {
				text := strings.Repeat(around, n) + sample + strings.Repeat(around, 8)
				for at := range len(sample) + 1 {
					at += n * len(around)
					stream(t, text[:at], text[at:])
				}
			}
		}
		var single []string
		for i := range len(sample) {
			single = append(single, sample[i:i+1])
		}
		stream(t, single...)
		stream(t, append(single, "", "x")...)
	}
}

// TestTextBlocks has each sample on the border of two pieces of a long text.
func TestTextBlocks(t *testing.T) {
	t.Parallel()
	const piece = blockSize / 4
	long := strings.Repeat("x", piece)
	for _, sample := range samples {
		for before := range len(sample) + 1 {
			stream(t, long[before:]+sample+"tail")
			stream(t, "start", long[before:]+sample+"tail")
		}
	}
	text := strings.Repeat("A \"name\",\ta\x00\u202e and an é.\n", blockSize/8)
	stream(t, text)
	for _, at := range []int{1, 2, 3, blockSize - 1, blockSize, blockSize + 1} {
		stream(t, text[:at], text[at:])
	}
}

// FuzzText streams a text in three pieces. The result is the same text, without a
// character that a terminal could act on.
func FuzzText(f *testing.F) {
	f.Add([]byte("a\"b\\c\n\x00\x7f\u2028\u202e\u009b31m\U000e0041é<&>"), 3, 17)
	f.Add([]byte(strings.Repeat("a\x00\u00e9\u4e2d\U000e0041\U0001f600\"", 3000)), 20_001, 20_003)
	for _, sample := range samples {
		f.Add([]byte("name: "+sample+"value"), 7, 8)
	}
	f.Fuzz(func(t *testing.T, text []byte, at, then int) {
		at = min(max(at, 0), len(text))
		then = min(max(then, at), len(text))
		stream(t, string(text[:at]), string(text[at:then]), string(text[then:]))
		if !utf8.Valid(text) {
			return
		}
		out := string(AppendString(nil, string(text)))
		if out != `"`+plain(string(text))+`"` {
			t.Errorf("%q: %s", text, out)
		}
		var back string
		if err := json.Unmarshal([]byte(out), &back); err != nil || back != string(text) || strings.Contains(out, "\n") {
			t.Errorf("%q: %s, %v", text, out, err)
		}
		for _, r := range out {
			if r < ' ' || r >= 0x7F && !unicode.IsGraphic(r) {
				t.Errorf("%q: %s has %U", text, out, r)
			}
		}
	})
}

// writes has the length of each write.
type writes []int

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, len(p))
	return len(p), nil
}

// TestTextWrites checks that a long text becomes long writes, and that memory does not grow
// with it.
func TestTextWrites(t *testing.T) {
	const size = 2 << 20
	for _, open := range []func(io.Writer) io.WriteCloser{
		func(w io.Writer) io.WriteCloser { return NewEscaper(w) },
		func(w io.Writer) io.WriteCloser { return NewBase64(w) },
	} {
		for _, text := range []string{"A \"part\"\x00\n", "\U000e0041"} {
			block := []byte(strings.Repeat(text, size/len(text)/16))
			for _, n := range []int{1, len(block)} {
				var w io.WriteCloser
				var got writes
				allocs := testing.AllocsPerRun(1, func() {
					got = make(writes, 0, 1024)
					w = open(&got)
					for i := range size / n {
						i *= n
						w.Write(block[i%len(block):][:n])
					}
					w.Close()
				})
				if len(got) < size/blockSize {
					t.Errorf("%T, %q, %d bytes at once: %d writes", w, text, n, len(got))
				}
				for i, length := range got {
					if length < blockSize && i < len(got)-1 || length > 3*blockSize {
						t.Errorf("%T, %q, %d bytes at once: write %d has %d bytes", w, text, n, i, length)
					}
				}
				if allocs > 50 {
					t.Errorf("%T, %q, %d bytes at once: %v allocations", w, text, n, allocs)
				}
			}
		}
	}
}
