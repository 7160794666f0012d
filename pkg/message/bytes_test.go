package message

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"switchboard/pkg/pickle"
)

// fileString returns a Unicode string that stays in a file.
func fileString(t *rapid.T, content string) *pickle.String {
	file := append(pickle.AppendUnicode(nil, content), '.')
	file = append(file, make([]byte, 64<<10)...)
	doc, err := pickle.Decode(bytes.NewReader(file), int64(len(file)), 0)
	if err != nil {
		t.Fatal(err)
	}
	s := doc.Value.(*pickle.String)
	if _, short := s.Short(); short && len(content) > 4<<10 {
		t.Fatal("the string is in memory")
	}
	return s
}

// byteOf are the surrogates that stand for bytes.
var byteOf = func() *strings.Replacer {
	var pairs []string
	for c := 0x80; c <= 0xFF; c++ {
		pairs = append(pairs, string(pickle.AppendEscaped(nil, []byte{byte(c)})), string([]byte{byte(c)}))
	}
	return strings.NewReplacer(pairs...)
}()

// TestStreams checks that a text that is read from the file in blocks, wherever they end,
// is converted like a text in memory.
func TestStreams(t *testing.T) {
	t.Parallel()
	var pieces = []string{
		"\xed\xb2\x80", "\xed\xb3\xbf", "\xed\x95\x9c", "\xed\xa0\x80", "\u00e9", "\U0001f600", "a", "\r", "\n", "\r\n", "\n\n\n", strings.Repeat("x", 600),
		strings.Repeat("\xed\xb3\xa9", 300), strings.Repeat("x\r\n\xed\xb3\xa9", 1500),
	}
	rapid.Check(t, func(t *rapid.T) {
		// A first block has 16 KiB, the others have 128 KiB.
		pad := rapid.SampledFrom([]int{0, 16 << 10, 144 << 10}).Draw(t, "pad")
		pad = max(pad-rapid.IntRange(0, 12).Draw(t, "before"), 0)
		content := strings.Repeat("p", pad) + strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "pieces"), "")
		s := fileString(t, content)
		raw := byteOf.Replace(content)
		lines := strings.ReplaceAll(strings.ReplaceAll(raw, "\r\n", "\n"), "\r", "\n")
		if got := string(unescape([]byte(content))); got != raw {
			t.Fatalf("unescaped %q, want %q", got, raw)
		}
		if got := string(withLineFeeds([]byte(raw))); got != lines {
			t.Fatalf("lines %q, want %q", got, lines)
		}
		for lf, want := range map[bool]string{false: raw, true: lines} {
			var got bytes.Buffer
			out := newOutput(&got, 1<<20)
			out.copy(s, lf)
			if err := out.flush(); err != nil || got.String() != want || out.n != int64(len(want)) {
				t.Fatalf("line feeds %v: %d bytes, %v: %q, want %q", lf, out.n, err, got.String(), want)
			}
		}
		reader := &textReader{blocks: s.Blocks(), unicode: true}
		if read, err := io.ReadAll(iotest.OneByteReader(reader)); err != nil || string(read) != raw {
			t.Fatalf("read %q, %v, want %q", read, err, raw)
		}
		if ok, err := onlyEscapes(s); err != nil || ok != isEscaped([]byte(content)) {
			t.Fatalf("%v, %v: %q", ok, err, content)
		}
		if ok, err := asciiOnly(s); err != nil || ok != pickle.IsASCII([]byte(content)) {
			t.Fatalf("%v, %v: %q", ok, err, content)
		}
	})
}

// TestOutput checks that text written in pieces comes out as if it were written at once,
// and that the last newline can be taken back.
func TestOutput(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		content := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"a", "\n", "\n\n\n", strings.Repeat("x", 6000), strings.Repeat("x\n", 9000)})).Draw(t, "pieces"), "")
		var whole bytes.Buffer
		out := newOutput(&whole, 1<<20)
		out.holding = rapid.Bool().Draw(t, "holding")
		for rest := content; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			if _, err := out.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		want := content
		if out.holding {
			out.dropNewline(0)
			want = strings.TrimSuffix(want, "\n")
		}
		if err := out.flush(); err != nil {
			t.Fatal(err)
		}
		if whole.String() != want || out.n != int64(len(want)) {
			t.Fatalf("%d bytes: %q, want %q", out.n, whole.String(), want)
		}
	})
}

// TestUnescape checks that unescaping escaped bytes gives the same bytes again.
func TestUnescape(t *testing.T) {
	t.Parallel()
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	if got := unescape(pickle.AppendEscaped(nil, all)); !bytes.Equal(got, all) {
		t.Errorf("got %q", got)
	}
}
