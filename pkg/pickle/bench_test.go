package pickle

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// benchText returns about n bytes of mail.
func benchText(size int) string {
	return strings.Repeat("A line of a message, seventy bytes of it, as people used to write it.\n", size/70)
}

func benchDecode(b *testing.B, data []byte) {
	b.Helper()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader(bytes.NewReader(data), int64(len(data)), 0)
		for range 2 {
			if _, err := r.Next(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func benchMetadata() []byte {
	m := append(AppendDict(nil), opMark)
	m = AppendByteString(AppendByteString(m, "listname"), "test")
	m = AppendInt(AppendByteString(m, "version"), 3)
	m = AppendFloat(AppendByteString(m, "received_time"), 1700000000.25)
	m = AppendBool(AppendByteString(m, "_parsemsg"), true)
	return AppendStop(append(m, opSetItems))
}

// BenchmarkDecodeText decodes one entry, with its metadata, for each way to hold 4 KiB
// of text.
func BenchmarkDecodeText(b *testing.B) {
	text := benchText(4 << 10)
	for _, c := range []struct{ name, message string }{
		{"BINSTRING", string(AppendByteString(nil, text)) + "."},
		{"BINUNICODE", string(AppendUnicode(nil, text)) + "."},
		{"STRING", "S'" + strings.ReplaceAll(text, "\n", `\n`) + "'\n."},
		{"UNICODE", "V" + strings.ReplaceAll(text, "\n", `\u000a`) + "\n."},
	} {
		b.Run(c.name, func(b *testing.B) { benchDecode(b, append([]byte(c.message), benchMetadata()...)) })
	}
}

// BenchmarkDecodeParsed decodes a parsed message with 30 header fields.
func BenchmarkDecodeParsed(b *testing.B) {
	m := []byte("(cMailman.Message\nMessage\nq\x01oq\x02}q\x03(U\x08_headersq\x04]q\x05(")
	for range 30 {
		m = AppendByteString(AppendByteString(append(m, opMark), "Received"), "from mail.example.com (mail.example.com [192.0.2.1])")
		m = append(m, opTuple)
	}
	m = append(m, "eU\x09_unixfromNU\x08_payload"...)
	m = append(AppendByteString(m, benchText(2<<10)), "U\x08_charsetNU\x08preambleNU\x08epilogueNU\x07defects]U\x0d_default_typeU\x0atext/plainub."...)
	benchDecode(b, append(m, benchMetadata()...))
}

func BenchmarkDecodeLarge(b *testing.B) {
	text := benchText(8 << 20)
	for _, c := range []struct{ name, message string }{
		{"BINSTRING", string(AppendByteString(nil, text)) + "."},
		{"BINUNICODE", string(AppendUnicode(nil, text)) + "."},
		{"STRING", "S'" + strings.ReplaceAll(text, "\n", `\n`) + "'\n."},
		{"UNICODE", "V" + strings.ReplaceAll(text, "\n", `\u000a`) + "\n."},
	} {
		b.Run(c.name, func(b *testing.B) { benchDecode(b, append([]byte(c.message), benchMetadata()...)) })
	}
}

func BenchmarkStringWriteTo(b *testing.B) {
	text := benchText(8 << 20)
	for _, c := range []struct{ name, message string }{
		{"BINSTRING", string(AppendByteString(nil, text)) + "."},
		{"STRING", "S'" + strings.ReplaceAll(text, "\n", `\n`) + "'\n."},
		{"UNICODE", "V" + strings.ReplaceAll(text, "\n", `\u000a`) + "\n."},
	} {
		b.Run(c.name, func(b *testing.B) {
			doc, err := Decode(strings.NewReader(c.message), int64(len(c.message)), 0)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if n, err := doc.Value.(*String).WriteTo(io.Discard); err != nil || n != int64(len(text)) {
					b.Fatal(n, err)
				}
			}
		})
	}
}
