package mbox

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 3, 13, 0, 0, 0, time.FixedZone("", 3600))

// write writes a mailbox, each message in the given pieces.
func write(messages ...[]string) (string, error) {
	var box bytes.Buffer
	w := NewWriter(&box)
	for _, pieces := range messages {
		if err := w.Begin("a@example.com", noon); err != nil {
			return "", err
		}
		for _, piece := range pieces {
			if _, err := io.WriteString(w, piece); err != nil {
				return "", err
			}
		}
		if err := w.End(); err != nil {
			return "", err
		}
	}
	return box.String(), nil
}

func TestWrite(t *testing.T) {
	t.Parallel()
	const head = "From a@example.com Tue Nov  3 12:00:00 2026\n"
	for text, want := range map[string]string{
		"":                                    "\n",
		"S: x\n":                              "S: x\n\n",
		"S: x\n\nb":                           "S: x\n\nb\n\n",
		"S: x\n\nb\n\n":                       "S: x\n\nb\n\n\n",
		"From a\nFrom:\nFrom b":               ">From a\nFrom:\n>From b\n\n",
		">From a\n>>From b\n>Fr\n>":           ">>From a\n>>>From b\n>Fr\n>\n\n",
		"S: x\r\n\r\nFrom a\r\n\r\n":          "S: x\r\n\r\n>From a\r\n\r\n\n",
		"a\rFrom b\r":                         "a\rFrom b\r\n\n",
		"\x00\xff\nFrom \x00":                 "\x00\xff\n>From \x00\n\n",
		" From a\n> From b\n":                 " From a\n> From b\n\n",
		"From":                                "From\n\n",
		"\nFrom ":                             "\n>From \n\n",
		strings.Repeat(">", 200) + "From x\n": strings.Repeat(">", 201) + "From x\n\n",
	} {
		for _, size := range []int{len(text) + 1, 1, 3} {
			var pieces []string
			for piece := range slices.Chunk([]byte(text), size) {
				pieces = append(pieces, string(piece))
			}
			if box, err := write(pieces); err != nil || box != head+want {
				t.Errorf("%q in pieces of %d: %q, %v; it should be %q", text, size, box, err, head+want)
			}
		}
	}
}

func TestSenders(t *testing.T) {
	t.Parallel()
	for sender, want := range map[string]string{
		"a@example.com":          "a@example.com",
		"":                       unknownSender,
		"a b@example.com":        unknownSender,
		"a\nFrom b":              unknownSender,
		"a\xe9@example.com":      unknownSender,
		strings.Repeat("a", 321): unknownSender,
	} {
		var box strings.Builder
		if err := NewWriter(&box).Begin(sender, noon); err != nil || box.String() != "From "+want+" Tue Nov  3 12:00:00 2026\n" {
			t.Errorf("%q: %q, %v", sender, box.String(), err)
		}
	}
}

// odd are messages that a writer, or a reader, may get wrong.
func odd(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.OneOf(
		rapid.SampledFrom([]string{"\n", "\r\n", "\r", "From ", "From", ">", ">>", "F", "\x00", "\xe9", strings.Repeat(">", 30)}),
		rapid.StringMatching(`[a-z ]{0,20}`)), 0, 20).Draw(t, "parts"), "")
}

// TestWrittenIsRead writes mailboxes in pieces and reads them with a small buffer.
func TestWrittenIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var messages [][]string
		var want []string
		for range rapid.IntRange(1, 4).Draw(t, "messages") {
			text := odd(t)
			var pieces []string
			for rest := text; rest != ""; {
				n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
				pieces, rest = append(pieces, rest[:n]), rest[n:]
			}
			messages = append(messages, pieces)
			if text != "" && !strings.HasSuffix(text, "\n") {
				text += "\n"
			}
			want = append(want, text)
		}
		box, err := write(messages...)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := split(box); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%q, %v; it should be %q; the mailbox is %q", got, err, want, box)
		}
	})
}

// TestWriteError fails each write of a mailbox.
func TestWriteError(t *testing.T) {
	t.Parallel()
	full := errors.New("full")
	for n := 0; ; n++ {
		out := &failing{after: n, err: full}
		w := NewWriter(out)
		err := w.Begin("", noon)
		if err == nil {
			_, err = io.WriteString(w, "S: x\n\nFrom x\n>From y\n>>")
		}
		if err == nil {
			err = w.End()
		}
		if err == nil && n > 5 {
			return
		}
		if err != full {
			t.Fatalf("write %d failed, and the error is %v", n, err)
		}
	}
}

// failing is a writer whose writes fail after some.
type failing struct {
	after int
	err   error
}

func (f *failing) Write(p []byte) (int, error) {
	if f.after--; f.after < 0 {
		return 0, f.err
	}
	return len(p), nil
}
