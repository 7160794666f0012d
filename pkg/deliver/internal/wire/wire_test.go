package wire

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"switchboard/pkg/message"
	"switchboard/test/checkout"
	"switchboard/test/golden"
	"switchboard/test/harness"
)

func read(t failer, data []byte) *message.Content {
	t.Helper()
	c, err := message.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// entry is a queue file with a text as its message.
func entry(t failer, d message.Dialect, text []byte) []byte {
	t.Helper()
	data, err := harness.Entry{Format: d, Text: text}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// checkContent checks everything that can be said of an entry.
func checkContent(t failer, c *message.Content) {
	t.Helper()
	var text, got bytes.Buffer
	if err := c.WriteMail(&text); err != nil {
		t.Fatal(err)
	}
	m, err := Text(c)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got.Reset()
		n, err := m.WriteTo(&got)
		if err != nil || n != m.Size || n != int64(got.Len()) {
			t.Fatalf("wrote %d of %d bytes: %d, %v", got.Len(), m.Size, n, err)
		}
	}
	check(t, got.String(), text.String(), c.Dialect() == message.Mailman3)
	if m.EightBit != !isASCII(got.Bytes()) {
		t.Fatalf("EightBit is %v", m.EightBit)
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, g := range golden.All(t) {
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			checkContent(t, read(t, g.Data))
		})
	}
}

// TestCases looks for the entry with a field of 2,821 bytes, which servers refused.
func TestCases(t *testing.T) {
	t.Parallel()
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	paths, _ := filepath.Glob(filepath.Join(root, "..", "shared", "cases", "*", "*", "*.pck"))
	if len(paths) == 0 {
		t.Skip("no cases")
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		checkContent(t, read(t, data))
	}
}

// genText makes texts that are like messages, with everything that is hard about them.
func genText() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{
			"Subject: ", "To:", "Bcc: ", "Resent-Bcc:", "X-Long-Name: ", "From a", "From ", " ", "\t", "  ", "\n", "\n", "\r\n", "\r", "\n\n", "\n.\n", "\r.\r\n",
			"\n ", "\n\t", "\"", "\\", "\\\"", ",", ";", "=?utf-8?q?=C3=BC?=", "<a@example.com>, ", "\x00", "\xe9", "\u00fc", "\ud55c", "\f", "\v",
		}),
		rapid.Map(rapid.IntRange(0, 100), func(n int) string { return strings.Repeat("w", n) }),
		rapid.Map(rapid.IntRange(0, 100), func(n int) string { return strings.Repeat(" ", n) }),
		rapid.Map(rapid.IntRange(900, 5000), func(n int) string { return strings.Repeat("w", n) }),
		rapid.Map(rapid.IntRange(900, 5000), func(n int) string { return strings.Repeat("\u00fc", n) }),
		rapid.Map(rapid.IntRange(900, 5000), func(n int) string { return strings.Repeat("\t", n) }),
		rapid.Map(rapid.IntRange(900, 5000), func(n int) string { return strings.Repeat("w ", n) }),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 40), func(s []string) string { return strings.Join(s, "") })
}

func TestAnyText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		text := genText().Draw(r, "text")
		withoutBcc := rapid.Bool().Draw(r, "without Bcc")
		piece := rapid.SampledFrom([]int{1, 2, 3, 10, 100, 4096, 1 << 20}).Draw(r, "piece")
		check(r, convert(r, text, withoutBcc, piece), text, withoutBcc)
	})
}

func TestAnyEntry(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		text := genText().Draw(r, "text")
		if rapid.Bool().Draw(r, "long") {
			text += strings.Repeat(text+"\n", 1+keep/(len(text)+1))
		}
		d := rapid.SampledFrom([]message.Dialect{message.Mailman2, message.Mailman3}).Draw(r, "dialect")
		checkContent(r, read(r, entry(r, d, []byte(text))))
	})
}

// FuzzText makes the text of any entry that can be read.
func FuzzText(f *testing.F) {
	for _, g := range golden.All(f) {
		if len(g.Data) < 16<<10 {
			f.Add(g.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := message.Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if err := c.WriteMail(io.Discard); err != nil {
			if _, err := Text(c); err == nil {
				t.Fatal("Text accepts a message that cannot be written")
			}
			return
		}
		checkContent(t, c)
	})
}

// FuzzLines converts any text, in pieces of any size.
func FuzzLines(f *testing.F) {
	f.Add("From a\nTo: b\nBcc: c\n d\n\ne\n.\n", 3, true)
	f.Add("Subject: \""+strings.Repeat("w \\\"", 99)+"\"\r\r\n", 1<<20, false)
	f.Fuzz(func(t *testing.T, text string, piece int, withoutBcc bool) {
		check(t, convert(t, text, withoutBcc, max(piece, 1)), text, withoutBcc)
	})
}

// changing is a file whose content changes after a while.
type changing struct {
	data []byte
}

func (c *changing) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(c.data).ReadAt(p, off)
}

// TestChanged changes the file after the first pass: nobody may take the text for whole.
func TestChanged(t *testing.T) {
	t.Parallel()
	text := []byte("Subject: x\n\n" + strings.Repeat("text\n", keep))
	f := &changing{data: entry(t, message.Mailman3, text)}
	c, err := message.Read(f, int64(len(f.data)))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Text(c)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(f.data, []byte("text\ntext\n"))
	f.data = bytes.Clone(f.data)
	f.data[at] = '\n'
	if _, err := m.WriteTo(io.Discard); !errors.Is(err, message.ErrMalformed) {
		t.Errorf("the error is %v", err)
	}
}

// TestKept checks that a short message is converted once, whatever its lines are.
func TestKept(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "A: b\n\nc\n", strings.Repeat("A: b\n", 100) + "\n" + strings.Repeat("c\xe9d efg, a line of some text\n", 1000)} {
		for _, d := range []message.Dialect{message.Mailman2, message.Mailman3} {
			m, err := Text(read(t, entry(t, d, []byte(text))))
			if err != nil {
				t.Fatal(err)
			}
			if string(m.text) != reference(text, false) {
				t.Errorf("%d bytes, %v: %d bytes are kept", len(text), d, len(m.text))
			}
		}
	}
}

type failing struct{ left int }

var errFull = errors.New("full")

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteFails(t *testing.T) {
	t.Parallel()
	for _, size := range []int{10, 10 * keep} {
		m, err := Text(read(t, entry(t, message.Mailman2, []byte("Subject: x\n\n"+strings.Repeat("text\n", size/5)))))
		if err != nil {
			t.Fatal(err)
		}
		for _, left := range []int64{0, m.Size / 2, m.Size - 1} {
			if n, err := m.WriteTo(&failing{left: int(left)}); !errors.Is(err, errFull) || n == m.Size {
				t.Errorf("%d bytes of %d, error %v", n, m.Size, err)
			}
		}
	}
}
