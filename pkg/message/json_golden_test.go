package message

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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

// withoutUnix removes the members with the exact seconds of a time.
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
