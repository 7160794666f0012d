package jsonline

import (
	"encoding/json"
	"math"
	"testing"
	"time"
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
