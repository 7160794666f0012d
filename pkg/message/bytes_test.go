package message

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/transform"

	"pgregory.net/rapid"

	"switchboard/pkg/pickle"
)

// TestStreams checks that text written in pieces comes out as if it were written at
// once.
func TestStreams(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOf(rapid.SampledFrom([]string{
			"\xed\xb2\x80", "\xed\xb3\xbf", "\xed\x95\x9c", "\xed\xa0\x80", "\u00e9", "a", "\r", "\n", "\r\n", "\n\n\n", strings.Repeat("x", 600),
			strings.Repeat("\xed\xb3\xa9", 300), strings.Repeat("x\r\n\xed\xb3\xa9", 1500),
		})).Draw(t, "pieces")
		content := strings.Join(pieces, "")
		write := func(w interface{ Write([]byte) (int, error) }) {
			for rest := content; rest != ""; {
				n := rapid.IntRange(1, len(rest)).Draw(t, "n")
				if _, err := w.Write([]byte(rest[:n])); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
		}
		var raw, lines, whole bytes.Buffer
		through := func(to io.Writer, filter transform.Transformer) {
			w := transform.NewWriter(to, filter)
			write(w)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
		through(&raw, unescaper{})
		if want := unescape([]byte(content)); !bytes.Equal(raw.Bytes(), want) {
			t.Fatalf("unescaped %q, want %q", raw.Bytes(), want)
		}
		through(&lines, &lineFeeds{})
		if want := strings.ReplaceAll(strings.ReplaceAll(content, "\r\n", "\n"), "\r", "\n"); lines.String() != want {
			t.Fatalf("lines %q, want %q", lines.String(), want)
		}
		if got := string(withLineFeeds([]byte(content))); got != lines.String() {
			t.Fatalf("%q at once, %q in pieces", got, lines.String())
		}
		read, err := io.ReadAll(iotest.OneByteReader(transform.NewReader(strings.NewReader(content), unescaper{})))
		if err != nil || !bytes.Equal(read, raw.Bytes()) {
			t.Fatalf("read %q, %v, want %q", read, err, raw.Bytes())
		}
		out := newOutput(&whole, 1<<20)
		write(out)
		drop := rapid.Bool().Draw(t, "drop")
		if drop {
			out.dropNewline(0)
		}
		if err := out.flush(); err != nil {
			t.Fatal(err)
		}
		want := content
		if drop {
			want = strings.TrimSuffix(want, "\n")
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
