package client

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// written returns what a text is on the wire, when it is written in pieces of a size.
func written(t *testing.T, text string, size int) (string, error) {
	t.Helper()
	ours, theirs := net.Pipe()
	defer theirs.Close()
	b := body{link: newLink(ours, time.Minute), buf: make([]byte, 0, blockSize)}
	var err error
	go func() {
		defer ours.Close()
		buf := make([]byte, size)
		if _, err = io.CopyBuffer(struct{ io.Writer }{&b}, struct{ io.Reader }{strings.NewReader(text)}, buf); err != nil {
			return
		}
		if err = b.check(); err == nil {
			err = b.end(nil)
		}
	}()
	got, _ := io.ReadAll(theirs)
	return string(got), err
}

func TestBody(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                          ".\r\n",
		"a":                         "a\r\n.\r\n",
		"a\r\n":                     "a\r\n.\r\n",
		".":                         "..\r\n.\r\n",
		".\r\n":                     "..\r\n.\r\n",
		"..\r\n.a.\r\na.\r\n":       "...\r\n..a.\r\na.\r\n.\r\n",
		"\r\n.\r\nMAIL FROM:<>\r\n": "\r\n..\r\nMAIL FROM:<>\r\n.\r\n",
		"a\x00b\r\n":                "a\x00b\r\n.\r\n",
		strings.Repeat(strings.Repeat(".", 100)+"\r\n", 1000): strings.Repeat(strings.Repeat(".", 101)+"\r\n", 1000) + ".\r\n",
	} {
		for _, size := range []int{1, 2, 3, 7, 1 << 20} {
			got, err := written(t, text, size)
			if got != want || err != nil {
				t.Errorf("%.40q in pieces of %d: %.60q, %v, want %.60q", text, size, got, err, want)
			}
			// A server with an independent reader gets what was written.
			read, err := io.ReadAll(textproto.NewReader(bufio.NewReader(iotest.OneByteReader(strings.NewReader(got)))).DotReader())
			if plain := strings.ReplaceAll(text, "\r\n", "\n"); err != nil || strings.TrimSuffix(string(read), "\n") != strings.TrimSuffix(plain, "\n") {
				t.Errorf("%.40q reads as %.40q, %v", text, read, err)
			}
		}
	}
}

// TestSmuggling checks that a text whose line ends servers read differently is not sent
// whole: there is no final dot, and none that any server could take for one.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"\n", "\r", "a\n", "a\r", "a\rb\r\n", "\n.\n", "\r.\r", "a\n.\nb", "a\r\n.\nb\r\n", "a\n.\r\nb\r\n", "a\r.\r\nb\r\n", "a\r\n.\rb\r\n", "\r\r\n", "a\r\r\n.\r\n", "\r\n.\r\r\n",
	} {
		for _, size := range []int{1, 2, 1 << 20} {
			got, err := written(t, text, size)
			if !errors.Is(err, errBareLine) {
				t.Errorf("%q in pieces of %d: %v", text, size, err)
			}
			if strings.Contains("\n"+got, "\n.\r") || strings.Contains("\n"+got, "\n.\n") {
				t.Errorf("%q in pieces of %d: sent %q", text, size, got)
			}
		}
	}
}
