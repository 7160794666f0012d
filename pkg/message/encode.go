package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"switchboard/pkg/pickle"
)

// ErrTooLong is a message of 2 GiB or more, which the format cannot hold.
var ErrTooLong = errors.New("message of 2 GiB or more")

// Item is one metadata key with its value: what encoding/json gives with
// UseNumber (string, json.Number, bool, nil, []any, map[string]any), an int, a
// float64, or a pickle.Value handed on from another entry.
type Item struct {
	Key   string
	Value any
}

// TextPrefix is what stands before the text of a message pickle whose encoded
// text is n bytes long. Its own length does not depend on n, so that it can be
// written first and corrected when n is known. ErrTooLong at 2 GiB.
func (d Dialect) TextPrefix(n int64) ([]byte, error) {
	if n < 0 || n > math.MaxInt32 {
		// BINSTRING's length has a sign.
		return nil, ErrTooLong
	}
	if d == Mailman3 {
		return pickle.AppendUnicodePrefix(nil, int32(n)), nil
	}
	return pickle.AppendByteStringPrefix(nil, int32(n)), nil
}

// AppendText appends src as the dialect encodes a message's bytes: Mailman 2.1
// as they are, Mailman 3 with 8-bit bytes as U+DC80 to U+DCFF.
func (d Dialect) AppendText(dst, src []byte) []byte {
	if d == Mailman3 && !pickle.IsASCII(src) {
		return pickle.AppendEscaped(dst, src)
	}
	return append(dst, src...)
}

// TextSuffix is what ends the message pickle.
func (d Dialect) TextSuffix() []byte { return pickle.AppendStop(nil) }

// AppendMetadata appends the metadata pickle, in opcodes that every Python
// reads. Keys come in the order of items; of two items with one key the later
// one counts. For Mailman 2.1 text that is ASCII is a byte string, as its own
// is, and so is what is no UTF-8; other text is unicode. For Mailman 3 all text
// is unicode, with bytes that are no UTF-8 as U+DC80 to U+DCFF. An error names
// the key whose value can't be written.
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

// str is a Go string as the dialect holds it.
func (d Dialect) str(s string) *pickle.String {
	switch {
	case d == Mailman3:
		return pickle.NewString(pickle.Unicode, unicodeContent(s))
	case pickle.IsASCII([]byte(s)) || !utf8.ValidString(s):
		return pickle.NewString(pickle.ByteString, []byte(s))
	}
	return pickle.NewString(pickle.Unicode, []byte(s))
}

// unicodeContent is text of any bytes as Python 3 decodes UTF-8 with
// surrogateescape.
func unicodeContent(s string) []byte {
	if utf8.ValidString(s) {
		return []byte(s)
	}
	var out []byte
	for len(s) > 0 {
		c, n := utf8.DecodeRuneInString(s)
		if c == utf8.RuneError && n == 1 {
			out = pickle.AppendEscaped(out, s[:1])
		} else {
			out = append(out, s[:n]...)
		}
		s = s[n:]
	}
	return out
}

// valueDepth is how deep JSON values may be nested.
const valueDepth = 1000

func (d Dialect) value(v any, depth int) (pickle.Value, error) {
	if depth > valueDepth {
		return nil, errors.New("nested too deeply")
	}
	switch v := v.(type) {
	case pickle.Value:
		return v, nil
	case nil:
		return pickle.None{}, nil
	case bool:
		return pickle.Bool(v), nil
	case int:
		return pickle.Int{Small: int64(v)}, nil
	case float64:
		return pickle.Float(v), nil
	case string:
		return d.str(v), nil
	case json.Number:
		return number(string(v))
	case []any:
		list := &pickle.List{Items: make([]pickle.Value, len(v))}
		for i, item := range v {
			var err error
			if list.Items[i], err = d.value(item, depth+1); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		dict := &pickle.Dict{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			item, err := d.value(v[key], depth+1)
			if err != nil {
				return nil, err
			}
			dict.Pairs = append(dict.Pairs, pickle.Pair{Key: d.str(key), Value: item})
		}
		return dict, nil
	}
	return nil, fmt.Errorf("cannot store a %T", v)
}

// numberDigits is the most digits that Python 3.11 reads as an int.
const numberDigits = 4300

// number is a JSON number: an int if it is written as one, else a float.
func number(s string) (pickle.Value, error) {
	if !strings.ContainsAny(s, ".eE") {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return pickle.Int{Small: n}, nil
		}
		if len(s) > numberDigits {
			return nil, fmt.Errorf("number of more than %d digits", numberDigits)
		}
		if n, ok := new(big.Int).SetString(s, 10); ok {
			return pickle.Int{Big: n}, nil
		}
		return nil, fmt.Errorf("%q is not a number", s)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number that a float can hold", s)
	}
	return pickle.Float(f), nil
}
