package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// longString decodes a pickle of one string that is far from both ends of a large
// file, so that the string is not held in memory.
func longString(t testing.TB, in string) (*String, error) {
	t.Helper()
	pad := strings.Repeat("x", 100)
	file := pad + in + strings.Repeat("y", windowSize)
	doc, err := Decode(strings.NewReader(file), int64(len(file)), int64(len(pad)))
	if err != nil {
		return nil, err
	}
	if doc.End != int64(len(pad)+len(in)) {
		t.Fatalf("ends at %d, want %d", doc.End, len(pad)+len(in))
	}
	return doc.Value.(*String), nil
}

// TestLongStrings reads every kind of long string, in sizes around those of the window
// and the buffers.
func TestLongStrings(t *testing.T) {
	t.Parallel()
	for _, unit := range []struct {
		name           string
		prefix         func(n int) []byte
		stored, suffix string
		want           string
		kind           StringKind
	}{
		{"BINSTRING", func(n int) []byte { return AppendByteString(nil, make([]byte, n))[:5] }, "ab\xff", ".", "ab\xff", ByteString},
		{"BINUNICODE", func(n int) []byte { return AppendUnicode(nil, make([]byte, n))[:5] }, "aé\xed\xb2\x80😀", ".", "aé\xed\xb2\x80😀", Unicode},
		{"BINBYTES", func(n int) []byte { return appendBytes(nil, make([]byte, n))[:5] }, "\x00\xff\n", ".", "\x00\xff\n", Bytes},
		{"STRING", func(int) []byte { return []byte("S'") }, `a\n\\\xe9\'\101\q`, "'\n.", "a\n\\\xe9'A\\q", ByteString},
		{"STRING blanks", func(int) []byte { return []byte(`S"`) }, `a \t`, "\" \r\n.", "a \t", ByteString},
		{"UNICODE", func(int) []byte { return []byte("V") }, `a\u000a\\u\\\u005c` + "\xe9" + `\U0001f600\udc80`, "\n.", "a\n\\\\u\\\\\\é😀\xed\xb2\x80", Unicode},
	} {
		for _, size := range []int{heldLimit + 1, firstBlock - 1, firstBlock, firstBlock + 3, windowSize - 9, windowSize - 1, windowSize, windowSize + 5, blockSize + firstBlock + 1, 2*blockSize + 7} {
			n := size/len(unit.stored) + 1
			stored := strings.Repeat(unit.stored, n)
			s, err := longString(t, string(unit.prefix(len(stored)))+stored+unit.suffix)
			if err != nil {
				t.Errorf("%s %d: %v", unit.name, size, err)
				continue
			}
			want := strings.Repeat(unit.want, n)
			if _, ok := s.Short(); ok {
				t.Errorf("%s %d: held in memory", unit.name, size)
			}
			if s.Kind != unit.kind || s.Len() != int64(len(want)) {
				t.Errorf("%s %d: kind %d, length %d, want %d, %d", unit.name, size, s.Kind, s.Len(), unit.kind, len(want))
			}
			var b bytes.Buffer
			if n, err := s.WriteTo(&b); err != nil || n != int64(len(want)) || b.String() != want {
				t.Errorf("%s %d: WriteTo gives %d bytes, %v", unit.name, size, n, err)
			}
			checkBlocks(t, s)
			if got, whole, err := s.Text(len(want)); err != nil || !whole || string(got) != want {
				t.Errorf("%s %d: Text gives %d bytes, %v, %v", unit.name, size, len(got), whole, err)
			}
			if got, whole, err := s.Text(100); err != nil || whole || string(got) != want[:100] {
				t.Errorf("%s %d: Text of 100 gives %d bytes, %v, %v", unit.name, size, len(got), whole, err)
			}
		}
	}
}

// checkBlocks checks that the blocks of a string are not empty and have no cut character,
// and that changing a block changes no other one.
func checkBlocks(t *testing.T, s *String) {
	t.Helper()
	want, _, err := s.Text(int(s.Len()))
	if err != nil {
		t.Fatal(err)
	}
	blocks := s.Blocks()
	defer blocks.Close()
	var got []byte
	for {
		b, err := blocks.Next()
		if err == io.EOF {
			break
		}
		if err != nil || len(b) == 0 {
			t.Fatalf("a block of %d bytes, %v", len(b), err)
		}
		if s.Kind == Unicode {
			if n, err := checkUTF8(b, true); n != len(b) || err != nil {
				t.Fatalf("a block of %d bytes ends in a cut character", len(b))
			}
		}
		got = append(got, b...)
		if _, short := s.Short(); !short {
			clear(b)
		}
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%d bytes in blocks differ from %d bytes of text", len(got), len(want))
	}
}

// TestLongStringsRefused checks that an error is found, however far into a string it is:
// when the pickle is read or, in a Unicode string of more than 64 KiB, when the string is.
func TestLongStringsRefused(t *testing.T) {
	t.Parallel()
	for _, size := range []int{heldLimit + 1, checkLimit - 10, checkLimit, 2 * checkLimit, blockSize + firstBlock - 1} {
		text := strings.Repeat("a", size)
		for name, in := range map[string]string{
			"utf-8":          string(AppendUnicode(nil, text+"\xff")),
			"utf-8 cut":      string(AppendUnicode(nil, text+"\xe2\x82")),
			"escape":         "S'" + text + "\\x4'\n",
			"backslash":      "S'" + text + "\\'\n",
			"no quote":       "S'" + text + "\n",
			"unicode escape": "V" + text + "\\u123\n",
		} {
			s, err := longString(t, in+".")
			if later := in[0] == opBinUnicode && len(in) > checkLimit; later == (err != nil) {
				t.Errorf("%s after %d: reading the pickle: %v", name, size, err)
			} else if later {
				_, err = s.WriteTo(io.Discard)
			}
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%s after %d: %v", name, size, err)
			}
		}
		if _, err := decodeString("S'" + text); !errors.Is(err, ErrMalformed) {
			t.Errorf("no newline after %d: %v", size, err)
		}
	}
}

// TestChangedFile changes a text in the file after the pickle was read. Reading the
// text must then give an error or other text.
func TestChangedFile(t *testing.T) {
	t.Parallel()
	file := []byte("S'" + strings.Repeat("a", 2*windowSize) + "'\n.")
	doc, err := Decode(bytes.NewReader(file), int64(len(file)), 0)
	if err != nil {
		t.Fatal(err)
	}
	copy(file[windowSize:], `\xZZ`)
	if _, err := doc.Value.(*String).WriteTo(io.Discard); !errors.Is(err, ErrMalformed) {
		t.Errorf("bad escape: %v", err)
	}
	doc.Value.(*String).ref.file = bytes.NewReader(file[:windowSize])
	if _, _, err := doc.Value.(*String).Text(1 << 30); !errors.Is(err, ErrMalformed) {
		t.Errorf("cut file: %v", err)
	}
}

// zeroes is a file of any size that takes no memory: a pickled string.
type zeroes struct {
	head, tail string
	size       int64
}

func (z zeroes) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		switch at := off + int64(i); {
		case at < int64(len(z.head)):
			p[i] = z.head[at]
		case at >= z.size:
			return i, io.EOF
		case at >= z.size-int64(len(z.tail)):
			p[i] = z.tail[at-(z.size-int64(len(z.tail)))]
		default:
			p[i] = 'a'
		}
	}
	return len(p), nil
}

// TestLongStringMemory checks that a string of 40 MB is checked and written with only a
// few buffers.
func TestLongStringMemory(t *testing.T) {
	const n = 40 << 20
	for name, z := range map[string]zeroes{
		"BINSTRING":  {"T\x00\x00\x80\x02", ".", 0},
		"BINUNICODE": {"X\x00\x00\x80\x02", ".", 0},
		"STRING":     {"S'", "'\n.", 0},
		"UNICODE":    {"V", "\n.", 0},
	} {
		z.size = int64(len(z.head)) + n + int64(len(z.tail))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		doc, err := Decode(z, z.size, 0)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := doc.Value.(*String).WriteTo(io.Discard); got != n || err != nil {
			t.Fatalf("%s: %d bytes, %v", name, got, err)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 2<<20 {
			t.Errorf("%s: %d bytes of memory", name, got)
		}
	}
}

// TestCodingPieces checks that decoding in pieces gives the same as decoding at once.
func TestCodingPieces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{
			"a", "\\", "\\\\", "n", "u", "U", "x", "0", "1", "7", "41", "00e9", "0001f600", "dc80", `\u00e9`, `\U0001f600`, `\x41`, `\101`, "\xe9", "'", "é", "\xed\xb2\x80", "😀",
		})).Draw(t, "parts")
		src := []byte(strings.Join(parts, ""))
		c := rapid.SampledFrom([]coding{plain, stringEscape, rawUnicodeEscape}).Draw(t, "coding")
		want, took, werr := c.decode(nil, src, true)
		if werr == nil && took != len(src) {
			t.Fatalf("took %d of %d", took, len(src))
		}
		var got, rest []byte
		var err error
		for left := src; err == nil; {
			n := rapid.IntRange(0, min(len(left), 20)).Draw(t, "piece")
			rest, left = append(rest, left[:n]...), left[n:]
			last := len(left) == 0
			got, took, err = c.decode(got, rest, last)
			rest = rest[took:]
			if last {
				break
			}
		}
		if (err == nil) != (werr == nil) {
			t.Fatalf("in pieces %v, at once %v", err, werr)
		}
		if err == nil && !bytes.Equal(got, want) {
			t.Fatalf("in pieces %q, at once %q", got, want)
		}
	})
}

func TestSurrogatepass(t *testing.T) {
	t.Parallel()
	for c := rune(0); c <= 0x10FFFF; c++ {
		if c > 0x2000 && c < 0xD000 || c > 0x11000 && c < 0x10F000 {
			continue
		}
		b := appendChar(nil, c)
		got, n := charAt(b)
		if got != c || n != len(b) {
			t.Fatalf("%U is %x, which is %U", c, b, got)
		}
		if n, err := checkUTF8(b, true); n != len(b) || err != nil {
			t.Fatalf("%U: %d, %v", c, n, err)
		}
		for i := 1; i < len(b); i++ {
			if n, err := checkUTF8(b[:i], false); n != 0 || err != nil {
				t.Fatalf("%d bytes of %U: %d, %v", i, c, n, err)
			}
			if _, err := checkUTF8(b[:i], true); err == nil {
				t.Fatalf("%d bytes of %U: no error", i, c)
			}
		}
		if isWide(b) != (c > 0xFF) || countChars(b) != 1 {
			t.Fatalf("%U: wide %v, %d characters", c, isWide(b), countChars(b))
		}
		if c <= 0xFF {
			if l, err := narrowed(nil, b); err != nil || len(l) != 1 || rune(l[0]) != c {
				t.Fatalf("%U in Latin-1: %x, %v", c, l, err)
			}
		}
	}
	for _, bad := range []string{"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5", "\xff", "\xed\xb2a", "\xeda\x80", "a\xc3a"} {
		for _, last := range []bool{true, false} {
			if _, err := checkUTF8([]byte(bad+"aaaa"), last); err == nil {
				t.Errorf("%q is accepted", bad)
			}
		}
	}
}

func TestNewString(t *testing.T) {
	t.Parallel()
	s := NewString(Unicode, []byte("héllo"))
	if b, ok := s.Short(); !ok || string(b) != "héllo" || s.Len() != 6 {
		t.Error(fmt.Sprint(s))
	}
	checkBlocks(t, s)
	var b strings.Builder
	if n, err := s.WriteTo(&b); n != 6 || err != nil || b.String() != "héllo" {
		t.Error(n, err, b.String())
	}
	if got, whole, err := s.Text(3); string(got) != "hé" || whole || err != nil {
		t.Errorf("%q %v %v", got, whole, err)
	}
}

// TestNarrowLongString checks that a Latin-1 text that stands for bytes is read as
// bytes from the file.
func TestNarrowLongString(t *testing.T) {
	t.Parallel()
	want := make([]byte, 2*windowSize)
	text := []byte(nil)
	for i := range want {
		want[i] = byte(i * 7)
		text = appendChar(text, rune(want[i]))
	}
	in := append([]byte("c_codecs\nencode\n("), AppendUnicode(nil, text)...)
	in = append(in, "X\x06\x00\x00\x00latin1tR."...)
	doc, err := Decode(bytes.NewReader(in), int64(len(in)), 0)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := Simplify(doc.Value).(*String)
	if !ok || s.Kind != Bytes || s.Len() != int64(len(want)) {
		t.Fatal(s)
	}
	checkBlocks(t, s)
	if got, whole, err := s.Text(len(want)); err != nil || !whole || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v, %v", len(got), whole, err)
	}
	// One character that is not Latin-1, at the end.
	in = append([]byte("c_codecs\nencode\n("), AppendUnicode(nil, append(text, "\u20ac"...))...)
	in = append(in, "X\x06\x00\x00\x00latin1tR."...)
	if doc, err = Decode(bytes.NewReader(in), int64(len(in)), 0); err != nil {
		t.Fatal(err)
	}
	if _, ok := Simplify(doc.Value).(*Object); !ok {
		t.Error("text beyond Latin-1 became bytes")
	}
}

func TestIsASCII(t *testing.T) {
	t.Parallel()
	for size := range 20 {
		b := bytes.Repeat([]byte{0x7f}, size)
		if !IsASCII(b) {
			t.Errorf("%d bytes of 7f are not ASCII", size)
		}
		for i := range b {
			b[i] = 0x80
			if IsASCII(b) {
				t.Errorf("byte %d of %d is 80, and ASCII", i, size)
			}
			b[i] = 0x7f
		}
	}
}
