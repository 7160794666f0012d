package message

import (
	"errors"
	"fmt"
	"math"

	"switchboard/pkg/pickle"
)

// ErrTooLong is the error for a message of 2 GiB or more, which the format cannot
// hold.
var ErrTooLong = errors.New("message of 2 GiB or more")

// Item is a metadata key with its value: what encoding/json gives with UseNumber
// (string, json.Number, bool, nil, []any, map[string]any), an int, a float64, or a
// [pickle.Value] from another entry.
type Item struct {
	Key   string
	Value any
}

// TextPrefix returns what precedes the text in a message pickle whose encoded text
// is n bytes long. Its own length does not depend on n, so it can be written first
// and corrected when n is known. From 2 GiB on the error is [ErrTooLong].
func (d Dialect) TextPrefix(n int64) ([]byte, error) {
	if n < 0 || n > math.MaxInt32 {
		// The length of a BINSTRING has a sign.
		return nil, ErrTooLong
	}
	if d == Mailman3 {
		return pickle.AppendUnicodePrefix(nil, int32(n)), nil
	}
	return pickle.AppendByteStringPrefix(nil, int32(n)), nil
}

// AppendText appends src as the dialect encodes the bytes of a message: Mailman 2.1
// as they are, Mailman 3 with 8-bit bytes as U+DC80 to U+DCFF.
func (d Dialect) AppendText(dst, src []byte) []byte {
	if d == Mailman3 && !pickle.IsASCII(src) {
		return pickle.AppendEscaped(dst, src)
	}
	return append(dst, src...)
}

// TextSuffix returns what ends the message pickle.
func (d Dialect) TextSuffix() []byte { return pickle.AppendStop(nil) }

// AppendMetadata appends the metadata pickle, in opcodes that every Python reads.
// Keys are in the order of items; if two items have the same key, the later one
// counts.
//
// For Mailman 2.1, text that is ASCII is a byte string, as in its own files, and so
// is text that is not UTF-8; other text is unicode. For Mailman 3 all text is
// unicode, with bytes that are not UTF-8 as U+DC80 to U+DCFF. An error names the
// key whose value cannot be written.
func (d Dialect) AppendMetadata(dst []byte, items []Item) ([]byte, error) {
	dict := &pickle.Dict{Pairs: make([]pickle.Pair, 0, len(items))}
	for _, item := range items {
		v, err := d.value(item.Value, 0)
		if err != nil {
			return dst, fmt.Errorf("metadata %s: %w", item.Key, err)
		}
		dict.Pairs = append(dict.Pairs, pickle.Pair{Key: d.str(item.Key), Value: v})
	}
	out, err := pickle.AppendValue(dst, dict, d.options())
	if err == nil {
		return pickle.AppendStop(out), nil
	}
	for i, p := range dict.Pairs {
		if _, err := pickle.AppendValue(nil, p.Value, d.options()); err != nil {
			return dst, fmt.Errorf("metadata %s: %w", items[i].Key, err)
		}
	}
	return dst, fmt.Errorf("metadata: %w", err)
}

func (d Dialect) options() pickle.Options {
	if d == Mailman3 {
		return pickle.Options{Target: pickle.Python3}
	}
	return pickle.Options{Target: pickle.Python2}
}
