package message

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"switchboard/test/golden"
)

func benchRead(b *testing.B, data []byte) {
	b.Helper()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	r := bytes.NewReader(data)
	for b.Loop() {
		if _, err := Read(r, int64(len(data))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadText measures reading an entry with 4 KiB of text, which every claim
// does.
func BenchmarkReadText(b *testing.B) {
	text := []byte(strings.Repeat("A line of a message, seventy bytes of it, as people used to write it.\n", 58))
	for _, d := range []Dialect{Mailman2, Mailman3} {
		b.Run(d.String(), func(b *testing.B) {
			benchRead(b, entry(b, d, text, []Item{{"listname", "test"}, {"received_time", 1700000000.25}, {"version", 3}, {"_parsemsg", true}}))
		})
	}
}

func BenchmarkReadGolden(b *testing.B) {
	for _, g := range golden.All(b) {
		switch g.Name {
		case "mm2-parsed-multipart-a", "mm3-parsed-multipart-a", "mm2-parsed-dup-headers-a", "mm3-parsed-dup-headers-a", "mm2-meta-recips1000-parsed-a":
			b.Run(g.Name, func(b *testing.B) { benchRead(b, g.Data) })
		}
	}
}

func BenchmarkWriteMessage(b *testing.B) {
	for _, g := range golden.All(b) {
		switch g.Name {
		case "mm2-parsed-multipart-a", "mm3-parsed-multipart-a", "mm3-plain-multipart-a":
			c := mustRead(b, g.Data)
			b.Run(g.Name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := c.WriteMessage(io.Discard); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
