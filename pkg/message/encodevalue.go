package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"switchboard/pkg/pickle"
)

// str returns a Go string as the dialect holds it.
func (d Dialect) str(s string) *pickle.String {
	switch {
	case d == Mailman3:
		return pickle.NewString(pickle.Unicode, unicodeContent(s))
	case pickle.IsASCII([]byte(s)) || !utf8.ValidString(s):
		return pickle.NewString(pickle.ByteString, []byte(s))
	}
	return pickle.NewString(pickle.Unicode, []byte(s))
}

// unicodeContent returns text of any bytes as Python 3 decodes UTF-8 with
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

// number returns a JSON number: an int if it is written as one, and otherwise a float.
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
