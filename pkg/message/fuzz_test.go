package message

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"switchboard/pkg/pickle"
	"switchboard/test/golden"
)

// fuzzSeeds are all files that are short enough to mutate.
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
		if h, _ := c.field("subject", headerLen); len(h) > headerLen {
			t.Fatalf("%d bytes of subject", len(h))
		}
		text, err := c.AppendMetadata(nil)
		if err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
		if err == nil && (!json.Valid(text) || bytes.ContainsAny(text, "\n\r\x7f\x1b")) {
			t.Fatalf("no line of JSON: %q", text)
		}
		fuzzTyped(t, c)
		fuzzHandOn(t, c)
		patch, err := c.Patch(Setting{CountKey, 7}, Setting{"whichq", "in"})
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

// fuzzTyped reads every value as each type.
func fuzzTyped(t *testing.T, c *Content) {
	for _, p := range c.meta.Pairs {
		s, ok := p.Key.(*pickle.String)
		if !ok {
			continue
		}
		text, _ := s.Short()
		key := string(text)
		_, _, err1 := c.Text(key)
		_, _, err2 := c.Count(key)
		_, _, err3 := c.Instant(key)
		texts, _, err4 := c.Texts(key)
		groups, _, err5 := c.TextGroups(key)
		for _, err := range []error{err1, err2, err3, err4, err5} {
			if err != nil && !errors.Is(err, ErrMalformed) {
				t.Fatalf("%s: %v", key, err)
			}
		}
		if int64(texts.Len()) > c.MetaEnd || int64(groups.Len()) > c.MetaEnd || len(textsOf(texts)) != texts.Len() || len(textsOf(groups)) != groups.Len() {
			t.Fatalf("%s: %d texts, %d in groups", key, texts.Len(), groups.Len())
		}
	}
}

// fuzzHandOn hands the metadata of a file on, and reads the result.
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

// FuzzHeader encodes a Header with any text in any charset.
func FuzzHeader(f *testing.F) {
	for _, name := range []string{"", "us-ascii", "utf-8", "iso-2022-kr", "utf-7", "hz", "gb18030", "hex", "no such", "8bit", "unknown-8bit", "idna"} {
		f.Add(name, name, []byte("[Staff] gr\xfc\xdf \xed\x95\x9c\x1b$B%\"\x1b(B~{VP~}\n X: y"), 68, 75, 3)
		f.Add("utf-8", name, []byte("\xe4\xb8\xad\xed\xb3\xbc\xed\xa0\x80"), 10, 20, 2)
	}
	f.Fuzz(func(t *testing.T, in, out string, content []byte, first, rest, encoding int) {
		if len(content) > 8<<10 {
			return
		}
		for _, kind := range []pickle.StringKind{pickle.ByteString, pickle.Unicode} {
			cs := object("email.charset", "Charset", "input_charset", text(in), "input_codec", text(in),
				"output_codec", text(out), "output_charset", text(out), "header_encoding", pickle.Int{Small: int64(encoding)})
			chunk := &pickle.Tuple{Items: []pickle.Value{pickle.NewString(kind, content), cs}}
			h, _ := headerOf(object("email.header", "Header", "_chunks", list(chunk, chunk, chunk),
				"_firstlinelen", pickle.Int{Small: int64(first)}, "_maxlinelen", pickle.Int{Small: int64(rest)}))
			work := int64(32 << 20)
			for _, s := range []string{h.py2Encode(&work), h.py3Encode(), h.decoded(false), h.decoded(true)} {
				if len(s) > 400*len(content)+1000 {
					t.Fatalf("%d bytes for %d", len(s), len(content))
				}
			}
			if work < -1<<20 {
				t.Fatalf("%d too much work", -work)
			}
		}
	})
}

// FuzzFields checks that the quick ways to find a field and an address find what the
// slow ones find.
func FuzzFields(f *testing.F) {
	for _, value := range []string{
		"a@example.com", "Ann <a@example.com>", "<a@example.com>", "=?utf-8?q?A=C3=BC?= <a@example.com>", "A\xfc <a@example.com>",
		"Ann <a..b@example.com>", ".a@example.com", "Ann <a@example.com> ", "Ann\n <a@example.com>", "g: a@b, c@d;", "\"a, b\" <a@b>",
		"a@b, c@d", "Ann <@r:a@b>", "Ann (x <y@z>) <a@b>", "x@y <a@b>", "Ann <a@b", "a@b>", "Ann <a@[192.0.2.1]>", "\xed\xb2\x80 <a@b>", "[x] <a@b>",
		strings.Repeat("x", 4000) + " <a@b>",
	} {
		f.Add([]byte("Received: x\n\ty\nfrom: " + value + "\nSubject: z\n\nFrom: c@d\n"))
		f.Add([]byte("From x\n z\nFrom:" + value))
	}
	f.Add([]byte(strings.Repeat("x", fieldLine) + ": y\nFrom: a@b\n"))
	f.Add([]byte("X: " + strings.Repeat("y", fieldLine) + "\n z\nFrom: a@b\n"))
	f.Add([]byte(" x\nFrom: a@b\n"))
	f.Add([]byte("X y: z\nFrom: a@b\n"))
	f.Add([]byte("From x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, kind := range []pickle.StringKind{pickle.ByteString, pickle.Unicode} {
			s := pickle.NewString(kind, text)
			for _, limit := range []int{10, longHeader} {
				value, found := textField(s, "From", limit)
				if slow, also := longField(s, "From", limit); value != slow || found != also {
					t.Fatalf("%q, %v; slowly %q, %v", value, found, slow, also)
				}
				if one, ok := onlyAddress(value); ok {
					if slow := parseAddresses(value); len(slow) != 1 || slow[0] != one {
						t.Fatalf("%q: %q, slowly %q", value, one, slow)
					}
				}
			}
		}
	})
}
