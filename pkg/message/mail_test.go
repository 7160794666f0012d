package message

import (
	"strings"
	"testing"
	"testing/iotest"
)

// TestWithoutEnvelope checks that the output never begins with an envelope line,
// wherever the writes are cut, and that nothing else of the text changes.
func TestWithoutEnvelope(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"From a@example.com Sat Nov 28 10:00:00 2026\nSubject: x\n\nFrom here\n", "Subject: x\n\nFrom here\n"},
		{"From a\r\nSubject: x\r\n\r\n", "Subject: x\r\n\r\n"},
		{"From a\rSubject: x\r\r", "Subject: x\r\r"},
		{"From a\nFrom b\nSubject: x\n", "Subject: x\n"},
		{"From a\n\nFrom b\n", "\nFrom b\n"},
		{"From: a\nFrom b\n", "From: a\nFrom b\n"},
		{"from a\nSubject: x\n", "from a\nSubject: x\n"},
		{">From a\nSubject: x\n", ">From a\nSubject: x\n"},
		{"\nFrom a\n", "\nFrom a\n"},
		{"From a", ""},
		{"From ", ""},
		{"From", "From"},
		{"F", "F"},
		{"", ""},
	} {
		var whole, bytewise strings.Builder
		e := &withoutEnvelope{w: &whole}
		if _, err := e.Write([]byte(test.text)); err != nil || e.end() != nil {
			t.Fatal(err)
		}
		e = &withoutEnvelope{w: &bytewise}
		for i := range len(test.text) {
			if n, err := e.Write([]byte{test.text[i]}); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}
		if err := e.end(); err != nil {
			t.Fatal(err)
		}
		if whole.String() != test.want || bytewise.String() != test.want {
			t.Errorf("%q: %q at once, %q byte by byte, want %q", test.text, whole.String(), bytewise.String(), test.want)
		}
	}
	e := &withoutEnvelope{w: failing{}}
	if _, err := e.Write([]byte("Frob")); err == nil {
		t.Error("a failure to write is lost")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, iotest.ErrTimeout }
