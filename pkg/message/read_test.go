package message

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"switchboard/pkg/pickle"
)

// longText is a unicode text that Read does not read. It has an error far from both ends.
func longText(valid bool) []byte {
	text := bytes.Repeat([]byte("text\n"), 40_000)
	if !valid {
		text[100_000] = 0xFF
	}
	return text
}

// whole returns a message with all attributes that Mailman 2.1 needs.
func whole(payload, preamble pickle.Value, fields ...pickle.Value) *pickle.Object {
	return object("Mailman.Message", "Message", "_headers", list(fields...), "_payload", payload,
		"_unixfrom", pickle.None{}, "preamble", preamble, "epilogue", pickle.None{})
}

// TestLongTexts puts a long text at every place of an entry. Read leaves a body unread.
// Whoever reads it, or checks it, finds out that it is not UTF-8. All other texts are
// checked by Read.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		// body says that the text is a body.
		body bool
		file func(long *pickle.String) []byte
	}{
		{"message", true, func(long *pickle.String) []byte {
			return pickled(t, long, &pickle.Dict{})
		}},
		{"payload", true, func(long *pickle.String) []byte {
			return pickled(t, whole(long, pickle.None{}, field("Subject", text("x"))), &pickle.Dict{})
		}},
		{"payload of a part", true, func(long *pickle.String) []byte {
			part := whole(long, pickle.None{}, field("Content-Type", text("text/plain")))
			return pickled(t, whole(list(part, part), pickle.None{}, field("Content-Type", text("multipart/mixed; boundary=b"))), &pickle.Dict{})
		}},
		{"preamble", false, func(long *pickle.String) []byte {
			return pickled(t, whole(text("x"), long), &pickle.Dict{})
		}},
		{"field", false, func(long *pickle.String) []byte {
			return pickled(t, whole(text("x"), pickle.None{}, field("Subject", long)), &pickle.Dict{})
		}},
		{"metadata", false, func(long *pickle.String) []byte {
			return pickled(t, text("x"), &pickle.Dict{Pairs: []pickle.Pair{{Key: text("key"), Value: long}}})
		}},
	} {
		for _, valid := range []bool{true, false} {
			data := tt.file(pickle.NewString(pickle.Unicode, longText(valid)))
			c, err := readBytes(data)
			if !tt.body && !valid {
				if !errors.Is(err, ErrMalformed) {
					t.Errorf("%s: Read: %v", tt.name, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			var written bytes.Buffer
			for what, err := range map[string]error{"CheckText": c.CheckText(), "WriteMessage": c.WriteMessage(&written)} {
				if valid != (err == nil) || !valid && !errors.Is(err, ErrMalformed) {
					t.Errorf("%s, valid %v: %s: %v", tt.name, valid, what, err)
				}
			}
			if valid && tt.body && !bytes.Contains(written.Bytes(), longText(true)) {
				t.Errorf("%s: the text was not written", tt.name)
			}
			if fits := c.FitsAs(Mailman2); fits != valid {
				t.Errorf("%s, valid %v: fits %v", tt.name, valid, fits)
			}
		}
	}
}

// counting counts the bytes that are read from a file. The file has n bytes more than its
// head and tail, without taking memory for them.
type counting struct {
	head, tail string
	n, read    int64
}

func (c *counting) size() int64 { return int64(len(c.head)) + c.n + int64(len(c.tail)) }

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		switch at := off + int64(i); {
		case at < int64(len(c.head)):
			p[i] = c.head[at]
		case at >= c.size():
			return i, io.EOF
		case at >= int64(len(c.head))+c.n:
			p[i] = c.tail[at-int64(len(c.head))-c.n]
		default:
			p[i] = 'a'
		}
	}
	c.read += int64(len(p))
	return len(p), nil
}

// TestReadOfLongMessages checks that Read and what a listing shows take a few blocks of the
// file, however long the message is.
func TestReadOfLongMessages(t *testing.T) {
	t.Parallel()
	const size = 200 << 20
	metadata := string(pickled(t, &pickle.Dict{Pairs: []pickle.Pair{{Key: text("_parsemsg"), Value: pickle.Bool(true)}}}))
	for name, file := range map[string]*counting{
		"Mailman 2.1":            {head: "T\x00\x00\x80\x0cSubject: x\n\n", n: size - 12},
		"Mailman 3":              {head: "\x80\x04X\x00\x00\x80\x0cSubject: x\n\n", n: size - 12},
		"Mailman 3, BINUNICODE8": {head: "\x80\x04\x8d\x00\x00\x80\x0c\x00\x00\x00\x00Subject: x\n\n", n: size - 12},
	} {
		file.tail = "." + metadata
		c, err := Read(file, file.size())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if file.read > 16<<10 {
			t.Errorf("%s: %d bytes were read", name, file.read)
		}
		if subject, _ := c.Decoded("Subject"); subject != "x" || file.read > 64<<10 {
			t.Errorf("%s: subject %q, %d bytes were read", name, subject, file.read)
		}
		if c.MsgEnd != file.size()-int64(len(metadata)) || !strings.HasPrefix(metadata, "}") {
			t.Errorf("%s: the message ends at %d", name, c.MsgEnd)
		}
	}
}
