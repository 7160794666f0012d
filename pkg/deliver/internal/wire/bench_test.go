package wire

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/test/golden"
)

// benchmark measures both passes, and beside them what is copied without a change.
func benchmark(b *testing.B, c *message.Content) {
	m, err := Text(c)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("copy", func(b *testing.B) {
		b.SetBytes(m.Size)
		b.ReportAllocs()
		for b.Loop() {
			if err := c.WriteMail(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Text", func(b *testing.B) {
		b.SetBytes(m.Size)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Text(c); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("WriteTo", func(b *testing.B) {
		b.SetBytes(m.Size)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := m.WriteTo(struct{ io.Writer }{io.Discard}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkGolden is a message of 4 KiB with many fields.
func BenchmarkGolden(b *testing.B) {
	for _, g := range golden.All(b) {
		switch g.Name {
		case "mm2-parsed-multipart-a", "mm3-parsed-multipart-a", "mm2-run-outdown-out-1-a":
			b.Run(g.Name, func(b *testing.B) { benchmark(b, read(b, g.Data)) })
		}
	}
}

func BenchmarkLong(b *testing.B) {
	text := []byte("Subject: x\n\n" + strings.Repeat("A line of a message, seventy bytes of it, as people used to write it.\n", 20<<20/70))
	for _, d := range []message.Dialect{message.Mailman2, message.Mailman3} {
		b.Run(d.String(), func(b *testing.B) { benchmark(b, read(b, entry(b, d, text))) })
	}
	b.Run("bytes.ReplaceAll", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			bytes.ReplaceAll(text, []byte("\n"), crlf)
		}
	})
}
