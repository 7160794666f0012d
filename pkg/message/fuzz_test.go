package message

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"switchboard/test/golden"
)

// fuzzSeeds are all files that are not too long to mutate.
func fuzzSeeds(t testing.TB) (seeds [][]byte) {
	for _, g := range golden.All(t) {
		if len(g.Data) < 16<<10 {
			seeds = append(seeds, g.Data)
		}
	}
	for _, b := range golden.Bad(t) {
		for _, name := range b.Names() {
			if len(b.Files[name]) < 16<<10 {
				seeds = append(seeds, b.Files[name])
			}
		}
	}
	return seeds
}

func TestFuzzSeeds(t *testing.T) {
	t.Parallel()
	if n := len(fuzzSeeds(t)); n < 40 {
		t.Errorf("%d seeds", n)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range fuzzSeeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := readBytes(data)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("%v is not ErrMalformed", err)
			}
			return
		}
		var n counter
		if err := c.WriteMessage(&n); err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
		if int64(n) > c.textLimit() {
			t.Fatalf("%d bytes of text for %d", n, len(data))
		}
		if err := c.WriteHeader(io.Discard); err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
		if h, _ := c.Header("subject"); len(h) > headerLen {
			t.Fatalf("%d bytes of subject", len(h))
		}
		text, err := c.AppendMetadata(nil)
		if err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
		if err == nil && (!json.Valid(text) || bytes.ContainsAny(text, "\n\r\x7f\x1b")) {
			t.Fatalf("no line of JSON: %q", text)
		}
		fuzzHandOn(t, c)
		patch, err := c.Patch(Setting{countKey, 7}, Setting{"whichq", "in"})
		if err != nil {
			t.Fatal(err)
		}
		apply(data, patch, func(state []byte, done bool) {
			c, err := readBytes(state)
			if err != nil || done && (c.Restores() != 7 || c.WhichQueue() != "in") {
				t.Fatalf("after a patch: %v", err)
			}
		})
	})
}

// fuzzHandOn hands a file's metadata on: what can be, is read again.
func fuzzHandOn(t *testing.T, c *Content) {
	for _, d := range []Dialect{Mailman2, Mailman3} {
		c.FitsAs(d)
		items, err := c.HandOn(d)
		if err != nil {
			continue
		}
		data, err := d.AppendMetadata([]byte("U\x01x."), items)
		if err != nil {
			continue
		}
		if _, err := readBytes(data); err != nil {
			t.Fatalf("handed on as %v: %v\n%q", d, err, data)
		}
	}
}

type counter int64

func (n *counter) Write(p []byte) (int, error) {
	*n += counter(len(p))
	return len(p), nil
}
