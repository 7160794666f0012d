package message

import (
	"bytes"
	"io"
	"iter"
	"testing"
	"time"

	"pgregory.net/rapid"

	"switchboard/test/golden"
)

// apply makes the change of a Patch. It calls look with each state in which a crash
// can leave the file: with the tail written up to each of its bytes, then with the
// one byte changed.
func apply(data []byte, p Patch, look func(state []byte, done bool)) []byte {
	if len(p.Tail) > 0 {
		old := data[:p.TailOff:p.TailOff]
		for n := range len(p.Tail) + 1 {
			// The bytes that followed the pickle may still be there.
			torn := append(append([]byte(nil), old...), p.Tail[:n]...)
			if len(data) > len(torn) {
				look(append(torn, data[len(torn):]...), false)
			}
			look(torn, false)
		}
		data = append(old, p.Tail...)
	} else {
		data = bytes.Clone(data)
	}
	data[p.FlipOff] = p.Flip
	look(data, true)
	return data
}

func metadataOf(t testing.TB, c *Content) string {
	t.Helper()
	text, err := c.AppendMetadata(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPatchGolden(t *testing.T) {
	t.Parallel()
	for _, g := range golden.All(t) {
		if len(g.Data) > 20000 {
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			data := g.Data
			message := messageOf(t, mustRead(t, data))
			step := func(restores int, whichq string, set ...Setting) {
				t.Helper()
				file := &growing{data}
				before, err := Read(file, int64(len(data)))
				if err != nil {
					t.Fatal(err)
				}
				old := metadataOf(t, before)
				patch, err := before.Patch(set...)
				if err != nil {
					t.Fatal(err)
				}
				data = apply(data, patch, func(state []byte, done bool) {
					c := mustRead(t, state)
					if !done {
						if got := metadataOf(t, c); got != old {
							t.Fatalf("before the flip\n%s\nwas\n%s", got, old)
						}
						return
					}
					if c.Restores() != restores || c.WhichQueue() != whichq {
						t.Fatalf("%d restores, whichq %q", c.Restores(), c.WhichQueue())
					}
					if c.Dialect() != before.Dialect() || c.Class() != before.Class() || c.MsgEnd != before.MsgEnd {
						t.Fatal("another entry after the patch")
					}
				})
				// The Content that is told of the patch says what one says that reads the file.
				file.data = data
				if err := before.Patched(patch); err != nil {
					t.Fatal(err)
				}
				now := mustRead(t, data)
				if got, want := metadataOf(t, before), metadataOf(t, now); got != want || before.MetaEnd != now.MetaEnd {
					t.Fatalf("after the patch\n%s\nnot\n%s", got, want)
				}
			}
			start := mustRead(t, data).WhichQueue()
			step(1, start, Setting{CountKey, 1})
			size := len(data)
			step(2, start, Setting{CountKey, 2})
			if len(data) != size {
				t.Errorf("the second count made the file grow by %d bytes", len(data)-size)
			}
			step(3, "/var/q\xe9\u00e9/in", Setting{CountKey, 3}, Setting{"whichq", "/var/q\xe9\u00e9/in"})
			size = len(data)
			step(255, "/var/q\xe9\u00e9/in", Setting{CountKey, 255})
			step(0, "/var/q\xe9\u00e9/in", Setting{CountKey, 0})
			if len(data) != size {
				t.Errorf("a count made the file grow by %d bytes", len(data)-size)
			}
			step(0, "in", Setting{"whichq", "in"})
			if got := messageOf(t, mustRead(t, data)); !bytes.Equal(got, message) {
				t.Error("another message")
			}
		})
	}
}

func TestPatchAnySequence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom([]Dialect{Mailman2, Mailman3}).Draw(t, "dialect")
		data := entry(t, d, []byte("Subject: x\n\ny\n"), []Item{{"version", 3}, {"_parsemsg", true}})
		keys := rapid.SampledFrom([]string{CountKey, "whichq", "listname", "other"})
		want := map[string]any{}
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			var set []Setting
			for _, key := range rapid.SliceOfNDistinct(keys, 1, 3, rapid.ID).Draw(t, "keys") {
				var v any = rapid.IntRange(0, 255).Draw(t, "n")
				if key != CountKey && rapid.Bool().Draw(t, "text") {
					v = string(rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "bytes"))
				}
				set = append(set, Setting{key, v})
				want[key] = v
			}
			c, err := readBytes(data)
			if err != nil {
				t.Fatal(err)
			}
			patch, err := c.Patch(set...)
			if err != nil {
				t.Fatal(err)
			}
			data = apply(data, patch, func(state []byte, _ bool) {
				if _, err := readBytes(state); err != nil {
					t.Fatal(err)
				}
			})
		}
		c, err := readBytes(data)
		if err != nil {
			t.Fatal(err)
		}
		for key, v := range want {
			got := any(c.text(key))
			if _, isInt := v.(int); isInt {
				got = int(intValue(c, key))
			}
			if got != v {
				t.Fatalf("%s: got %#v, want %#v", key, got, v)
			}
		}
	})
}

func brokenTexts(yield func(string, error) bool) { yield("", io.ErrUnexpectedEOF) }

func TestPatchRefuses(t *testing.T) {
	t.Parallel()
	c := mustRead(t, entry(t, Mailman2, []byte("x"), []Item{{"version", 3}}))
	for _, set := range [][]Setting{
		nil, {{"k\xe9", 1}}, {{"k", int64(1)}}, {{"k", []any{1}}}, {{string(make([]byte, 256)), 1}},
		{{"k", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}}, {{"k", iter.Seq2[string, error](brokenTexts)}},
	} {
		if p, err := c.Patch(set...); err == nil {
			t.Errorf("%v: %v", set, p)
		}
	}
}
