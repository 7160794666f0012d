package client

import (
	"io"
	"strings"
	"testing"
)

// BenchmarkSend sends mails of 4 KiB over one connection.
func BenchmarkSend(b *testing.B) {
	listener := listen(b)
	server := &counting{pipelining: true, budget: -1, taken: map[string]int{}}
	go server.serve(listener)
	session, err := serverAt(b, listener).Dial(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer session.Close()
	text := []byte(strings.Repeat("a line of text with seventy-eight characters, as there are many in mail ....\r\n", 52))
	m := Mail{From: "list-bounces@example.com", To: []string{"a@example.com"}, Size: int64(len(text)), Write: func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		answers, err := session.Send(b.Context(), m)
		if err != nil || !answers[0].Taken() {
			b.Fatal(verdicts(answers), err)
		}
	}
}
