package message

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// theirJSON reads the metadata of an expected.json. encoding/json cannot represent
// lone surrogates, so they first become characters for private use.
func theirJSON(t *testing.T, text []byte) any {
	t.Helper()
	text = regexp.MustCompile(`\\ud[89ab]..\\ud[c-f]..|\\ud[89a-f]..`).ReplaceAllFunc(text, func(m []byte) []byte {
		switch {
		case len(m) > 6:
			return m
		case m[3] == 'c':
			return []byte(`\uf7` + string(m[4:]))
		}
		return []byte(string([]rune{0xF0000 + hexRune(m[2:])}))
	})
	return unmark(parseJSON(t, text))
}

func hexRune(b []byte) rune {
	n, err := strconv.ParseUint(string(b), 16, 16)
	if err != nil {
		panic(err)
	}
	return rune(n)
}

func unmark(v any) any {
	switch v := v.(type) {
	case string:
		var out []byte
		for _, c := range v {
			switch {
			case 0xF780 <= c && c <= 0xF7FF:
				out = append(out, byte(c))
			case 0xFD800 <= c && c <= 0xFDFFF:
				c -= 0xF0000
				out = append(out, 0xE0|byte(c>>12), 0x80|byte(c>>6)&0x3F, 0x80|byte(c)&0x3F)
			default:
				out = utf8.AppendRune(out, c)
			}
		}
		return string(out)
	case []any:
		for i := range v {
			v[i] = unmark(v[i])
		}
	case map[string]any:
		for key, value := range v {
			if key == "$latin1" {
				var out []byte
				for _, c := range value.(string) {
					out = append(out, byte(c))
				}
				return string(out)
			}
		}
		out := make(map[string]any)
		for key, value := range v {
			out[unmark(key).(string)] = unmark(value)
		}
		return out
	}
	return v
}

// sameJSON compares the JSON of AppendMetadata with that of Python.
func sameJSON(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		switch {
		case want["$sha256"] != nil:
			text, ok := got.(string)
			sum := sha256.Sum256([]byte(text))
			return ok && hex.EncodeToString(sum[:]) == want["$sha256"] &&
				want["$len"] == json.Number(strconv.Itoa(utf8.RuneCountInString(text)))
		case want["$float"] != nil:
			return got == map[string]string{"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[want["$float"].(string)]
		case want["$seconds"] != nil:
			return sameJSON(got, want["$seconds"])
		case want["$str"] != nil:
			return got == want["$str"]
		case want["$class"] == "time.struct_time":
			list, ok := got.([]any)
			return ok && len(list) == 9 && strings.Contains(want["$repr"].(string), fmt.Sprintf("tm_year=%v,", list[0]))
		case want["$class"] != nil:
			m, ok := got.(map[string]any)
			return ok && m["class"] == want["$class"]
		}
		m, ok := got.(map[string]any)
		if !ok || len(m) != len(want) {
			return false
		}
		for key, value := range want {
			mine, ok := m[key]
			if !ok {
				// A tuple as a key: Python's JSON has blanks in it.
				mine, ok = m[strings.ReplaceAll(key, " ", "")]
			}
			if !ok || !sameJSON(mine, value) {
				return false
			}
		}
		return true
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return false
		}
		// A set may have another order.
		left := slices.Clone(list)
		for _, value := range want {
			i := slices.IndexFunc(left, func(v any) bool { return sameJSON(v, value) })
			if i < 0 {
				return false
			}
			left = slices.Delete(left, i, i+1)
		}
		return true
	case json.Number:
		n, ok := got.(json.Number)
		if !ok {
			return false
		}
		if n == want {
			return true
		}
		a, err1 := n.Float64()
		b, err2 := want.Float64()
		integer := !strings.ContainsAny(string(n)+string(want), ".e")
		return err1 == nil && err2 == nil && !integer && math.Float64bits(a) == math.Float64bits(b)
	}
	if want, ok := want.(string); ok && got != any(want) {
		return sameTime(got, want)
	}
	return reflect.DeepEqual(got, want)
}

// sameTime compares the form of a datetime with Python's isoformat.
func sameTime(got any, want string) bool {
	for _, layout := range []string{"2006-01-02T15:04:05.999999Z07:00", "2006-01-02T15:04:05.999999"} {
		if t, err := time.Parse(layout, want); err == nil {
			return got == t.UTC().Format("2006-01-02T15:04:05Z")
		}
	}
	return false
}
