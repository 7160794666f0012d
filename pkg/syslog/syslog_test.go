package syslog

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// daemon listens in place of a log daemon. The path must be short: the name of a
// socket has at most 108 bytes.
func daemon(t *testing.T, network string) (path string, read func() string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "log")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path = filepath.Join(dir, "log")
	if network == "unix" {
		l, err := net.Listen(network, path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return path, func() string {
			c, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			return receive(t, c)
		}
	}
	c, err := net.ListenUnixgram(network, &net.UnixAddr{Name: path, Net: network})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return path, func() string { return receive(t, c) }
}

func receive(t *testing.T, c net.Conn) string {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(time.Minute))
	buf := make([]byte, 64<<10)
	n, err := c.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}

func at(path string) *Writer {
	w := New(Mail, "qenqueue")
	w.sockets = []string{path + ".nosuch", path}
	return w
}

func TestFormat(t *testing.T) {
	t.Parallel()
	path, read := daemon(t, "unixgram")
	w := at(path)
	defer w.Close()
	for _, c := range []struct {
		severity Severity
		text     string
		want     []string
	}{
		{Error, "in: permission denied", []string{"<19>TIME qenqueue[PID]: in: permission denied"}},
		{Warning, "two\nlines\n", []string{"<20>TIME qenqueue[PID]: two", "<20>TIME qenqueue[PID]: lines"}},
		{Info, "a\x1b[31m\r\x00b \xff \u00e4", []string{"<22>TIME qenqueue[PID]: a [31m  b \ufffd \u00e4"}},
	} {
		if err := w.Log(c.severity, c.text); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			got := read()
			when := regexp.MustCompile(`>(\w{3} [ \d]\d \d\d:\d\d:\d\d) `).FindStringSubmatch(got)
			if when == nil {
				t.Fatalf("%q", got)
			}
			got = strings.Replace(got, when[1], "TIME", 1)
			if got = strings.Replace(got, fmt.Sprintf("[%d]", os.Getpid()), "[PID]", 1); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
}

func TestLongLine(t *testing.T) {
	t.Parallel()
	path, read := daemon(t, "unixgram")
	w := at(path)
	defer w.Close()
	if err := w.Log(Info, "x"+strings.Repeat("\u00e4", maxText)); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(read(), "]: ")
	if len(text) > maxText || len(text) < maxText-utf8.UTFMax || strings.ContainsRune(text, utf8.RuneError) {
		t.Errorf("%d bytes, ending in %q", len(text), text[len(text)-4:])
	}
}

// An older daemon listens on a stream socket.
func TestStream(t *testing.T) {
	t.Parallel()
	path, read := daemon(t, "unix")
	w := at(path)
	defer w.Close()
	for range 2 {
		if err := w.Log(Error, "x"); err != nil {
			t.Fatal(err)
		}
		if got := read(); !strings.HasSuffix(got, "]: x\x00") {
			t.Errorf("%q", got)
		}
	}
}

// Log does not wait for a daemon that is missing, restarted or stuck.
func TestNeverWaits(t *testing.T) {
	t.Parallel()
	path, read := daemon(t, "unixgram")
	w := at(path)
	defer w.Close()
	full := false
	for range 100_000 {
		if err := w.Log(Info, strings.Repeat("x", 1000)); err != nil {
			full = true
			break
		}
	}
	if !full {
		t.Fatal("nothing was ever full: this shows nothing")
	}
	read()
	if err := w.Log(Info, "x"); err != nil {
		t.Errorf("there was room: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := w.Log(Info, "x"); err == nil {
		t.Error("no daemon, and no error")
	}
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := w.Log(Info, "again"); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, c); !strings.HasSuffix(got, ": again") {
		t.Errorf("%q", got)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	w := New(Mail, "x")
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
