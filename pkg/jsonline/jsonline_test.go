package jsonline

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

func TestObject(t *testing.T) {
	t.Parallel()
	var o Object
	o.Text("s", "<a&b> \"\\\n\u2028\u202e\U000e0041\u00e9")
	o.Text("b", "\xe9")
	o.Texts("l", []string{"a", "\xe9"})
	o.Texts("none", nil)
	o.Int("i", -1)
	o.Bool("t", true)
	o.Time("time", time.Date(2026, 11, 29, 10, 24, 35, 250_000_000, time.FixedZone("", 3600)))
	o.Time("whole", time.Unix(1700000000, 0))
	o.Time("before", time.Unix(-2, 250_000_000))
	o.Time("just", time.Unix(-1, 999_999_999))
	o.Seconds("received", 1700000000.56)
	o.Seconds("far", 1e12)
	o.Seconds("early", -0.5)
	const want = `{"s":"<a&b> \"\\\n\u2028\u202e\udb40\udc41é","b_base64":"6Q==","l":["a",{"_base64":"6Q=="}],"none":[],"i":-1,"t":true,` +
		`"time":"2026-11-29T09:24:35Z","time_unix":1795944275.25,"whole":"2023-11-14T22:13:20Z","whole_unix":1700000000,` +
		`"before":"1969-12-31T23:59:58Z","before_unix":-1.75,"just":"1969-12-31T23:59:59Z","just_unix":-0.000000001,"received":"2023-11-14T22:13:20Z","received_unix":1700000000.56,` +
		`"far_unix":1000000000000.0,"early":"1969-12-31T23:59:59Z","early_unix":-0.5}`
	got := string(o.End())
	if got != want || !json.Valid([]byte(got)) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var empty Object
	if got := string(empty.End()); got != "{}" {
		t.Error(got)
	}
	var streamed Object
	streamed.Name("m")
	head := string(append(streamed.Take(), `"x"`...))
	streamed.Int("n", 1)
	if got := head + string(streamed.End()); got != `{"m":"x","n":1}` {
		t.Error(got)
	}
}

func TestFloat(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", 1e15: "1000000000000000.0", 1e16: "1e+16", 1e-5: "1e-05", 1700000000.25: "1700000000.25",
		math.Inf(1): `"Infinity"`, math.Inf(-1): `"-Infinity"`,
	} {
		if got := string(AppendFloat(nil, f)); got != want {
			t.Errorf("%v: %s, not %s", f, got, want)
		}
	}
	if got := string(AppendFloat(nil, math.NaN())); got != `"NaN"` {
		t.Error(got)
	}
}

// FuzzText streams a text in two pieces. The result is the same text, without a
// character that a terminal could act on.
func FuzzText(f *testing.F) {
	f.Add([]byte("a\"b\\c\n\x00\x7f\u2028\u202e\u009b31m\U000e0041é<&>"), 3)
	f.Add([]byte(strings.Repeat("a\x00\u00e9\u4e2d\U000e0041\U0001f600\"", 3000)), 20_001)
	f.Fuzz(func(t *testing.T, text []byte, at int) {
		at = min(max(at, 0), len(text))
		var check Check
		var out bytes.Buffer
		w := transform.NewWriter(&out, Escaper{})
		out.WriteByte('"')
		for _, part := range [][]byte{text[:at], text[at:]} {
			check.Write(part)
			w.Write(part)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		out.WriteByte('"')
		if check.Valid() != utf8.Valid(text) {
			t.Fatalf("%q: valid %v", text, check.Valid())
		}
		if !check.Valid() {
			return
		}
		if got := string(AppendString(nil, string(text))); got != out.String() {
			t.Errorf("%q: %s at once, %s in pieces", text, got, out.String())
		}
		var back string
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || back != string(text) || strings.Contains(out.String(), "\n") {
			t.Errorf("%q: %s, %v", text, out.String(), err)
		}
		for _, r := range out.String() {
			if r < ' ' || r >= 0x7F && !unicode.IsGraphic(r) {
				t.Errorf("%q: %s has %U", text, out.String(), r)
			}
		}
	})
}
