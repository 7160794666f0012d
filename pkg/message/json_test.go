package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
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

	"switchboard/pkg/pickle"
	"switchboard/test/golden"
)

func TestGoldenMetadata(t *testing.T) {
	t.Parallel()
	for _, want := range golden.All(t) {
		t.Run(want.Name, func(t *testing.T) {
			t.Parallel()
			line, err := mustRead(t, want.Data).AppendMetadata([]byte("before"))
			if err != nil {
				t.Fatal(err)
			}
			line, ok := bytes.CutPrefix(line, []byte("before"))
			if !ok || !json.Valid(line) || !utf8.Valid(line) {
				t.Fatalf("no JSON: %q", line)
			}
			for _, c := range string(line) {
				if c < ' ' || 0x7F <= c && c <= 0x9F || c == 0x2028 || c == 0x2029 {
					t.Fatalf("%U in %q", c, line)
				}
			}
			got, expected := withoutUnix(ourJSON(t, line)), theirJSON(t, want.Metadata)
			if !sameJSON(got, expected) {
				t.Errorf("metadata\n%s\nwant\n%s", line, want.Metadata)
			}
		})
	}
}

func parseJSON(t *testing.T, text []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// ourJSON reads what AppendMetadata wrote. Text and bytes become strings.
func ourJSON(t *testing.T, text []byte) any {
	t.Helper()
	return unbase64(t, parseJSON(t, text))
}

func unbase64(t *testing.T, v any) any {
	t.Helper()
	decode := func(v any) string {
		b, err := base64.StdEncoding.DecodeString(v.(string))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = unbase64(t, v[i])
		}
	case map[string]any:
		if b, ok := v["_base64"]; ok && len(v) == 1 {
			return decode(b)
		}
		out := make(map[string]any)
		for key, value := range v {
			if plain, ok := strings.CutSuffix(key, "_base64"); ok {
				out[plain] = decode(value)
			} else {
				out[key] = unbase64(t, value)
			}
		}
		return out
	}
	return v
}

// theirJSON reads the metadata of an expected.json. encoding/json has no lone
// surrogates, so these are made characters for private use first.
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

// sameJSON compares our form with theirs.
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
		// A set may be sorted otherwise.
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

// sameTime compares our form of a datetime with Python's isoformat.
func sameTime(got any, want string) bool {
	for _, layout := range []string{"2006-01-02T15:04:05.999999Z07:00", "2006-01-02T15:04:05.999999"} {
		if t, err := time.Parse(layout, want); err == nil {
			return got == t.UTC().Format("2006-01-02T15:04:05Z")
		}
	}
	return false
}

// withoutUnix takes the members away that give a time's exact seconds.
func withoutUnix(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withoutUnix(v[i])
		}
	case map[string]any:
		for key, value := range v {
			if text, ok := value.(string); ok {
				if _, err := time.Parse("2006-01-02T15:04:05Z", text); err == nil {
					delete(v, key+"_unix")
				}
			}
			withoutUnix(value)
		}
	}
	return v
}

func TestMetadataOrder(t *testing.T) {
	t.Parallel()
	data, err := Mailman2.AppendMetadata([]byte("U\x01x."), []Item{
		{"zebra", "a"}, {"apple", "\xe9"}, {"list", []any{"\xe9", nil, true}}, {"line", "a\r\n\x1b\u2028\u0085"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := mustRead(t, data).AppendMetadata(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"zebra":"a","apple_base64":"6Q==","list":[{"_base64":"6Q=="},null,true],"line":"a\r\n\u001b\u2028\u0085"}`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// dictionary is metadata with these pairs.
func dictionary(t *testing.T, pairs ...pickle.Value) *Content {
	t.Helper()
	dict := &pickle.Dict{}
	for i := 0; i < len(pairs); i += 2 {
		dict.Pairs = append(dict.Pairs, pickle.Pair{Key: pairs[i], Value: pairs[i+1]})
	}
	return &Content{meta: dict, MetaEnd: 10_000, python3: true}
}

// TestMetadataNames: no object has two members of one name. Keys 1 and "1" once had.
func TestMetadataNames(t *testing.T) {
	t.Parallel()
	str := func(s string) *pickle.String { return pickle.NewString(pickle.Unicode, []byte(s)) }
	byt := func(s string) *pickle.String { return pickle.NewString(pickle.Bytes, []byte(s)) }
	num := func(n int64) pickle.Value { return pickle.Int{Small: n} }
	tuple := func(v ...pickle.Value) pickle.Value { return &pickle.Tuple{Items: v} }
	moment := timeObject("datetime", []byte("\x07\xea\x0b\x1d\x09\x18\x23\x07\xa1\x20"))
	for _, test := range []struct {
		pairs []pickle.Value
		want  string
	}{
		{[]pickle.Value{num(1), str("int"), str("1"), str("str"), byt("1"), str("bytes")}, `{"1_2":"int","1":"str","1_3":"bytes"}`},
		{[]pickle.Value{pickle.None{}, num(1), str("null"), num(2), str("None"), num(3)}, `{"null_2":1,"null":2,"None":3}`},
		{[]pickle.Value{pickle.Bool(true), num(1), str("true"), num(2), str("True"), num(3)}, `{"true_2":1,"true":2,"True":3}`},
		{[]pickle.Value{pickle.Float(2.5), num(1), str("2.5"), num(2)}, `{"2.5_2":1,"2.5":2}`},
		{[]pickle.Value{str("x"), byt("\x80"), str("x_base64"), str("plain")}, `{"x_2_base64":"gA==","x_base64":"plain"}`},
		{[]pickle.Value{str("x"), byt("\x80"), byt("x"), byt("\x81")}, `{"x_base64":"gA==","x_2_base64":"gQ=="}`},
		{[]pickle.Value{byt("\x80"), num(1), str(`\x80`), num(2)}, `{"\\x80_2":1,"\\x80":2}`},
		{[]pickle.Value{tuple(num(1)), num(1), str("[1]"), num(2), &pickle.Set{Items: []pickle.Value{num(1)}, Frozen: true}, num(3)}, `{"[1]_2":1,"[1]":2,"[1]_3":3}`},
		{[]pickle.Value{num(1), num(1), str("1"), num(2), str("1_2"), num(3)}, `{"1_3":1,"1":2,"1_2":3}`},
		{[]pickle.Value{str("\xed\xb3\x83\xed\xb2\xa9"), num(1), str("\u00e9"), num(2)}, `{"é":1,"é_2":2}`},
		{[]pickle.Value{str("t"), moment, str("t_unix"), num(1)}, `{"t_2":"2026-11-29T09:24:35Z","t_2_unix":1795944275.5,"t_unix":1}`},
		{[]pickle.Value{str("t"), moment, str("u"), &pickle.List{Items: []pickle.Value{moment}}}, `{"t":"2026-11-29T09:24:35Z","t_unix":1795944275.5,"u":["2026-11-29T09:24:35Z"]}`},
		{[]pickle.Value{str("n"), &pickle.Dict{Pairs: []pickle.Pair{{Key: num(2), Value: num(1)}, {Key: str("2"), Value: num(0)}}}}, `{"n":{"2_2":1,"2":0}}`},
	} {
		got, err := dictionary(t, test.pairs...).AppendMetadata(nil)
		if err != nil || string(got) != test.want {
			t.Errorf("%s, %v; it should be %s", got, err, test.want)
		}
	}
	_, data := golden.CaseFile(t, "N11-json-dup")
	line, err := mustRead(t, data).AppendMetadata(nil)
	if err != nil {
		t.Fatal(err)
	}
	uniqueNames(t, line)
}

// TestManyNames: a thousand keys of one name take no million steps.
func TestManyNames(t *testing.T) {
	t.Parallel()
	var pairs []pickle.Value
	for n := range 3000 {
		key := pickle.Value(&pickle.Tuple{Items: []pickle.Value{pickle.None{}}})
		if n%3 == 0 {
			key = pickle.NewString(pickle.Unicode, fmt.Appendf(nil, "[null]_%d", n))
		}
		pairs = append(pairs, key, pickle.None{})
	}
	c := dictionary(t, pairs...)
	line, err := c.AppendMetadata(nil)
	if err != nil {
		t.Fatal(err)
	}
	uniqueNames(t, line)
}

// uniqueNames asserts that no object in a JSON text has a name twice.
func uniqueNames(t *testing.T, text []byte) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	var walk func()
	walk = func() {
		token, err := d.Token()
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		seen := map[json.Token]bool{}
		for open := token; d.More() && (open == json.Delim('{') || open == json.Delim('[')); {
			if open == json.Delim('{') {
				name, err := d.Token()
				if err != nil || seen[name] {
					t.Fatalf("%v twice in %s: %v", name, text, err)
				}
				seen[name] = true
			}
			walk()
		}
		if token == json.Delim('{') || token == json.Delim('[') {
			d.Token()
		}
	}
	walk()
}
