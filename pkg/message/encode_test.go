package message

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"switchboard/pkg/jsonline"
	"switchboard/pkg/pickle"
)

// entry returns a queue file with a text message.
func entry(t interface{ Fatal(...any) }, d Dialect, text []byte, items []Item) []byte {
	encoded := d.AppendText(nil, text)
	data, err := d.TextPrefix(int64(len(encoded)))
	if err != nil {
		t.Fatal(err)
	}
	data = append(append(data, encoded...), d.TextSuffix()...)
	if data, err = d.AppendMetadata(data, items); err != nil {
		t.Fatal(err)
	}
	return data
}

func intValue(c *Content, key string) int64 {
	n, ok := c.Value(key).(pickle.Int)
	if !ok {
		return math.MinInt64
	}
	return n.Small
}

func TestTextRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom([]Dialect{Mailman2, Mailman3}).Draw(t, "dialect")
		text := rapid.OneOf(
			rapid.SliceOf(rapid.Byte()),
			rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) }),
			rapid.Map(rapid.IntRange(0, 90000), func(n int) []byte { return bytes.Repeat([]byte("\xe9\xed\xb2\x80x\r\n"), n/6) }),
		).Draw(t, "text")
		list := rapid.SampledFrom([]string{"test", "l\xe9ts", "\u65e5\u672c", ""}).Draw(t, "list")
		key := map[Dialect]string{Mailman2: "listname", Mailman3: "listid"}[d]
		data := entry(t, d, text, []Item{{key, list}, {"_parsemsg", true}, {"version", 3}})
		c, err := readBytes(data)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := c.WriteMessage(&out); err != nil || !bytes.Equal(out.Bytes(), text) {
			t.Fatalf("%v: got %q, want %q", err, out.Bytes(), text)
		}
		if c.Dialect() != d || !c.ParseMsg() || c.List() != list || !c.FitsAs(d) {
			t.Fatalf("dialect %v, parse %v, list %q", c.Dialect(), c.ParseMsg(), c.List())
		}
		other := Mailman2 + Mailman3 - d
		if c.FitsAs(other) != pickle.IsASCII(text) {
			t.Fatalf("fits as %v: %v", other, c.FitsAs(other))
		}
	})
}

// jsonValue draws a value that encoding/json gives with UseNumber.
func jsonValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kind := rapid.IntRange(0, 7).Draw(t, "kind")
		if depth == 0 {
			kind %= 6
		}
		switch kind {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return rapid.String().Draw(t, "string")
		case 3:
			return json.Number(rapid.StringMatching(`-?[1-9][0-9]{0,40}`).Draw(t, "int"))
		case 4:
			return rapid.Float64().Draw(t, "float")
		case 5:
			return int(rapid.Int32().Draw(t, "small"))
		case 6:
			return rapid.SliceOfN(jsonValue(depth-1), 0, 4).Draw(t, "list")
		}
		return rapid.MapOfN(rapid.StringMatching(`[a-zé]{1,4}`), jsonValue(depth-1), 0, 4).Draw(t, "map")
	})
}

func TestMetadataRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom([]Dialect{Mailman2, Mailman3}).Draw(t, "dialect")
		values := rapid.MapOfN(rapid.StringMatching(`[a-zé][a-z]{0,6}`), jsonValue(3), 0, 6).Draw(t, "metadata")
		var items []Item
		for key, v := range values {
			items = append(items, Item{key, v})
		}
		c, err := readBytes(entry(t, d, []byte("x"), items))
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.AppendMetadata(nil)
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		if !sameJSON(anyJSON(t, got), anyJSON(t, want)) {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	})
}

func anyJSON(t interface{ Fatal(...any) }, text []byte) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return floats(v)
}

// floats converts numbers that can be written in two ways: encoding/json writes
// floats without a point if it can.
func floats(v any) any {
	switch v := v.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil && (len(v) < 16 || strings.ContainsAny(string(v), ".eE")) {
			text := jsonline.AppendFloat(nil, f)
			return json.Number(text)
		}
	case []any:
		for i := range v {
			v[i] = floats(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = floats(v[key])
		}
	}
	return v
}

func TestMetadataRefuses(t *testing.T) {
	t.Parallel()
	deep := any("x")
	for range valueDepth + 2 {
		deep = []any{deep}
	}
	for name, v := range map[string]any{
		"channel": make(chan int), "huge": json.Number("1e999"), "letters": json.Number("1x"),
		"digits": json.Number(strings.Repeat("9", numberDigits+1)), "deep": deep,
		"class": []any{&pickle.Global{Module: "a\nb", Name: "c"}},
	} {
		for _, d := range []Dialect{Mailman2, Mailman3} {
			_, err := d.AppendMetadata(nil, []Item{{"fine", 1}, {name, v}})
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%v, %s: %v", d, name, err)
			}
		}
	}
}

func TestTextPrefix(t *testing.T) {
	t.Parallel()
	for _, d := range []Dialect{Mailman2, Mailman3} {
		short, err := d.TextPrefix(0)
		if err != nil {
			t.Fatal(err)
		}
		long, err := d.TextPrefix(math.MaxInt32)
		if err != nil || len(long) != len(short) {
			t.Errorf("%v: %d and %d bytes, %v", d, len(short), len(long), err)
		}
		if _, err := d.TextPrefix(math.MaxInt32 + 1); !errors.Is(err, ErrTooLong) {
			t.Errorf("%v: %v", d, err)
		}
	}
}

func TestParseDialect(t *testing.T) {
	t.Parallel()
	for _, d := range []Dialect{Mailman2, Mailman3} {
		if got, err := ParseDialect(d.String()); got != d || err != nil {
			t.Errorf("%v: %v, %v", d, got, err)
		}
	}
	if d, err := ParseDialect("unknown"); err == nil {
		t.Errorf("unknown: %v", d)
	}
}
