package message

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"switchboard/pkg/pickle"

	"switchboard/test/golden"
)

func TestHandOnGolden(t *testing.T) {
	t.Parallel()
	for _, g := range golden.All(t) {
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			c := mustRead(t, g.Data)
			for _, d := range []Dialect{Mailman2, Mailman3} {
				items, err := c.HandOn(d)
				if err != nil {
					t.Fatalf("%v: %v", d, err)
				}
				for _, item := range items {
					if strings.HasPrefix(item.Key, "_") {
						t.Errorf("%v: key %s", d, item.Key)
					}
				}
				data, err := d.AppendMetadata([]byte("U\x01x."), items)
				if err != nil {
					t.Fatalf("%v: %v", d, err)
				}
				again := mustRead(t, data)
				got, want := anyJSON(t, []byte(metadataOf(t, again))), anyJSON(t, []byte(metadataOf(t, c)))
				for key := range want.(map[string]any) {
					if strings.HasPrefix(key, "_") || key == "received_time" && g.Dialect != d.String() {
						delete(want.(map[string]any), key)
						delete(got.(map[string]any), key)
						delete(want.(map[string]any), key+"_unix")
						delete(got.(map[string]any), key+"_unix")
					}
				}
				if !sameJSON(bare(got), bare(want)) {
					t.Errorf("%v: got\n%v\nwant\n%v", d, got, want)
				}
			}
			// A port of Mailman 2.1 wrote this, and Mailman 2.1 cannot load it.
			port := strings.HasPrefix(g.Name, "mm2p3-") && (!g.ParseMsg || !pickle.IsASCII(g.Message))
			other := strings.Contains(g.Name, "-realunicode-") || strings.Contains(g.Name, "-made-mimeclasses-")
			if got := c.FitsAs(c.Dialect()); got == (port || other) {
				t.Errorf("fits as what it is: %v", got)
			}
		})
	}
}

// bare removes what differs between the Pythons: the module of built-in classes.
func bare(v any) any {
	switch v := v.(type) {
	case string:
		return strings.Replace(v, "__builtin__.", "builtins.", 1)
	case []any:
		for i := range v {
			v[i] = bare(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = bare(v[key])
		}
	}
	return v
}

// TestHandOnConverts hands the metadata of a Mailman 2.1 entry on to Mailman 3 and
// back. Bytes must become text and then bytes again.
func TestHandOnConverts(t *testing.T) {
	t.Parallel()
	data := entry(t, Mailman2, []byte("x"), []Item{
		{"listname", "test"}, {"sender", "\xe9"}, {"name", "\u00e9"}, {"received_time", 1700000000.25},
		{"recips", []any{"a@example.com", "\xff"}}, {"_private", 1},
	})
	items, err := mustRead(t, data).HandOn(Mailman3)
	if err != nil {
		t.Fatal(err)
	}
	there, err := Mailman3.AppendMetadata([]byte("X\x01\x00\x00\x00x."), items)
	if err != nil {
		t.Fatal(err)
	}
	c := mustRead(t, there)
	const want = `{"listname":"test","sender_base64":"6Q==","name":"é","received_time":"2023-11-14T22:13:20Z","received_time_unix":1700000000.25,"recips":["a@example.com",{"_base64":"/w=="}]}`
	if got := metadataOf(t, c); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if bytes.Contains(there, []byte("U\x06sender")) {
		t.Error("a byte string for Mailman 3")
	}
	if !json.Valid([]byte(want)) {
		t.Fatal("the test is wrong")
	}
}
