package pickle

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"switchboard/test/golden"
)

// addSeeds adds the golden files to a fuzz target, and fails if there are none.
func addSeeds(f *testing.F) {
	n := 0
	add := func(data []byte) {
		if len(data) < 8<<10 && len(data) > 0 {
			f.Add(data)
			n++
		}
	}
	for _, c := range golden.All(f) {
		add(c.Data)
	}
	for _, c := range golden.Bad(f) {
		for _, name := range c.Names() {
			add(c.Files[name])
		}
	}
	for _, tt := range decodeTests {
		f.Add([]byte(tt.in))
	}
	if n < 20 {
		f.Fatalf("%d seeds", n)
	}
}

// FuzzDecode checks that Decode does not panic and that its errors are of one kind. The
// disassembler must agree on the end, and a decoded value must survive writing and
// reading.
func FuzzDecode(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		size := int64(len(in))
		doc, err := Decode(bytes.NewReader(in), size, 0)
		end, derr := Disassemble(io.Discard, bytes.NewReader(in), size, 0)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		if derr != nil || end != doc.End || doc.End < 1 || doc.End > size || in[doc.End-1] != opStop {
			t.Fatalf("ends at %d, disassembled at %d, %v", doc.End, end, derr)
		}
		if doc.LastSet >= 0 {
			tail := append(AppendByteString(nil, doc.LastKey), opBinInt1, in[doc.LastSet], opSetItem, opStop)
			if !bytes.HasSuffix(in[:doc.End], tail) {
				t.Fatalf("last set of %q at %d", doc.LastKey, doc.LastSet)
			}
			changed := bytes.Clone(in)
			changed[doc.LastSet]++
			again, err := Decode(bytes.NewReader(changed), size, 0)
			if err != nil || again.Value.(*Dict).Get(doc.LastKey) != Value(Int{Small: int64(changed[doc.LastSet])}) {
				t.Fatalf("%q after a change of the last key: %v", changed, err)
			}
		}
		// In a large file, strings are read in another way.
		far := append(bytes.Clone(in), make([]byte, windowSize)...)
		again, err := Decode(bytes.NewReader(far), int64(len(far)), 0)
		if err != nil || again.End != doc.End {
			t.Fatalf("in a large file: %v %v", again, err)
		}
		for _, target := range []Target{Python2, Python3} {
			out, err := AppendValue(nil, doc.Value, Options{Target: target, Limit: 1 << 20})
			if errors.Is(err, ErrUnwritable) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			// Except for objects, whose names are written, the worst case is a
			// shared number of 4300 digits.
			if len(out) > 16*len(in)+1<<12 {
				t.Fatalf("%d bytes became %d", len(in), len(out))
			}
			out = append(out, opStop)
			again, err := Decode(bytes.NewReader(out), int64(len(out)), 0)
			if err != nil {
				t.Fatalf("%q: %v", out, err)
			}
			twice, err := AppendValue(nil, again.Value, Options{Target: target, Limit: 1 << 21})
			if err != nil {
				t.Fatalf("%q: %v", out, err)
			}
			third, err := Decode(bytes.NewReader(append(twice, opStop)), int64(len(twice)+1), 0)
			if err != nil || graphOf(third.Value) != graphOf(again.Value) {
				t.Fatalf("%q became %q: %v", out, twice, err)
			}
		}
	})
}

// FuzzString checks that a literal is decoded to the same content whether it is held,
// streamed or cut into pieces.
func FuzzString(f *testing.F) {
	for _, s := range []string{`a\n\x41\101\q\\`, `\u00e9\\u\\\u0041\U0001f600`, "\xe9\xff", "é\xed\xb2\x80", `\777\x4`, `\u12`, "a\\"} {
		f.Add([]byte(s), byte(0), uint16(3))
		f.Add([]byte(s), byte(1), uint16(5))
		f.Add([]byte(s), byte(2), uint16(7))
	}
	f.Fuzz(func(t *testing.T, src []byte, kind byte, cut uint16) {
		c := coding(kind % 3)
		want, _, werr := c.decode(nil, src, true)
		i := int(cut) % (len(src) + 1)
		got, took, err := c.decode(nil, src[:i], false)
		if err == nil {
			got, _, err = c.decode(got, src[took:], true)
		}
		if (err == nil) != (werr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%q, %v; cut at %d %q, %v", want, werr, i, got, err)
		}
		if werr != nil {
			return
		}
		if c != stringEscape {
			if _, err := checkUTF8(want, true); err != nil {
				t.Fatalf("%q decodes to %q", src, want)
			}
		}
		if c == stringEscape && len(want) > len(src) || len(want) > 2*len(src) {
			t.Fatalf("%d bytes became %d", len(src), len(want))
		}
	})
}
