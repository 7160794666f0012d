package queue

import (
	"crypto/sha1"
	"encoding/binary"
	"math"

	"switchboard/pkg/message"
)

// The entries of these tests are written by hand, opcode by opcode, so they do not depend
// on the code under test.

// pickled returns a string as a dialect pickles it.
func pickled(d message.Dialect, s string) []byte {
	switch {
	case d == message.Mailman3:
		return append(binary.LittleEndian.AppendUint32([]byte{'X'}, uint32(len(s))), s...)
	case len(s) < 256:
		return append([]byte{'U', byte(len(s))}, s...)
	}
	return append(binary.LittleEndian.AppendUint32([]byte{'T'}, uint32(len(s))), s...)
}

// messagePickle returns the pickle of a message that is text.
func messagePickle(d message.Dialect, text string) []byte { return append(pickled(d, text), '.') }

// entryFile returns the content of a queue file: a message and its metadata, with the
// given keys and values.
func entryFile(d message.Dialect, text string, extra ...message.Item) []byte {
	list := "listname"
	if d == message.Mailman3 {
		list = "listid"
	}
	items := append([]message.Item{{Key: list, Value: "test"}, {Key: "_parsemsg", Value: true}, {Key: "version", Value: 3}}, extra...)
	if d == message.Mailman2 {
		items = append(items, message.Item{Key: "received_time", Value: 1700000000.5})
	}
	out := append(messagePickle(d, text), "}("...)
	for _, item := range items {
		out = append(out, pickled(d, item.Key)...)
		switch v := item.Value.(type) {
		case string:
			out = append(out, pickled(d, v)...)
		case int:
			out = append(out, 'K', byte(v))
		case float64:
			out = binary.BigEndian.AppendUint64(append(out, 'G'), math.Float64bits(v))
		case bool:
			out = append(out, "I01\n"...)
		}
	}
	return append(out, "u."...)
}

// counted is the metadata item of an entry that has been restored n times.
func counted(n int) message.Item { return message.Item{Key: countKey, Value: n} }

// testID returns the file base of test entry n. The file bases are ordered by n.
func testID(n int) ID {
	return NewID(1700000000+float64(n)/8, sha1.Sum([]byte{byte(n), byte(n >> 8)}))
}

// mailText returns a message, a different one for each n.
func mailText(n int) string {
	return "From: a@example.com\nSubject: " + testID(n).String() + "\n\nText of no great length.\n"
}
