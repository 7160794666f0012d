package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestManyKeys checks that keys are found by their hashes if there are more than a few.
func TestManyKeys(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 15, 16, 17, 18, 1000} {
		m := []byte("}(")
		want := make(map[string]int64)
		for round := range 3 {
			for i := range n {
				key := fmt.Sprint("key", i)
				if round%2 == 0 {
					m = AppendByteString(m, key)
				} else {
					m = AppendUnicode(m, key)
				}
				m = AppendInt(m, int64(i+round))
				m = AppendInt(AppendInt(m, int64(i)), int64(i+round))
				want[key] = int64(i + round)
			}
		}
		doc, err := Decode(bytes.NewReader(append(m, "u."...)), int64(len(m)+2), 0)
		if err != nil {
			t.Fatal(err)
		}
		d := doc.Value.(*Dict)
		if len(d.Pairs) != 2*n {
			t.Fatalf("%d keys, want %d", len(d.Pairs), 2*n)
		}
		for key, w := range want {
			if got, ok := d.Get(key).(Int); !ok || got.Small != w {
				t.Errorf("%s: %v, want %d", key, got, w)
			}
		}
		for i, p := range d.Pairs {
			if s, ok := p.Key.(*String); ok && string(s.held) != fmt.Sprint("key", i/2) {
				t.Errorf("place %d has %s", i, s.held)
			}
		}
	}
}

// TestTupleKeys checks that a tuple of shared tuples is not accepted as a key if
// hashing it would take forever. A tuple that is only large, or only shared, can be a
// key.
func TestTupleKeys(t *testing.T) {
	t.Parallel()
	nested := func(levels, width int) string {
		b := []byte("}N\x85")
		for range levels {
			b = append(b, "q\x000("...)
			b = append(b, strings.Repeat("h\x00", width)...)
			b = append(b, 't')
		}
		return string(b)
	}
	for _, tt := range []struct {
		in string
		ok bool
	}{
		{nested(3, 10) + "Ns.", true},
		{nested(4, 10) + "Ns.", false},
		{nested(100, 2) + "Ns.", false},
		{nested(1, 4000) + "Ns.", true},
		{nested(1, 10001) + "Ns.", false},
		{nested(3, 10) + "q\x000(" + strings.Repeat("h\x00N", 50000) + "u.", true},
	} {
		_, err := decodeString(tt.in)
		if tt.ok != (err == nil) || err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("%.40q: %v", tt.in, err)
		}
	}
	// Many tuples of many tuples: each is visited once.
	b := AppendByteString(nil, strings.Repeat("a", 2<<20))
	b = append(b, "0}("...)
	for range 100 {
		b = append(b, '(')
		b = append(b, strings.Repeat("N\x85", 4000)...)
		b = append(b, "tN"...)
	}
	b = append(b, "u."...)
	if _, err := decodeString(string(b)); err != nil {
		t.Error(err)
	}
}
