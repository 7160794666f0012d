package message

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"switchboard/pkg/pickle"
)

// textsOf returns texts as a slice, nil if there are none.
func textsOf(texts Texts) (all []string) {
	for i := range texts.Len() {
		all = append(all, texts.At(i))
	}
	return all
}

// get returns the value of a key with the method for values like want.
func get(c *Content, key string, want any) (got any, err error) {
	switch want.(type) {
	case bool:
		return c.Truth(key), nil
	case string:
		s, _, err := c.Text(key)
		return s, err
	case []string:
		texts, _, err := c.Texts(key)
		return textsOf(texts), err
	case [][]string:
		texts, _, err := c.TextGroups(key)
		return textsOf(texts), err
	case time.Time:
		t, _, err := c.Instant(key)
		return t, err
	}
	switch v := c.Value(key).(type) {
	case pickle.None:
		return nil, nil
	case pickle.Int:
		return int(v.Small), nil
	case pickle.Float:
		return float64(v), nil
	}
	return c.Value(key), nil
}

// anySetting draws a value of each type that can be set.
func anySetting(t *rapid.T) any {
	text := rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "ascii") {
			return rapid.StringMatching(`[ -~]{0,40}`).Draw(t, "text")
		}
		return string(rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "bytes"))
	})
	texts := rapid.SliceOfN(text, 1, 5)
	switch rapid.IntRange(0, 7).Draw(t, "type") {
	case 0:
		return rapid.IntRange(-1<<53, 1<<53).Draw(t, "int")
	case 1:
		return rapid.Float64Range(-1e300, 1e300).Draw(t, "float")
	case 2:
		return text.Draw(t, "text")
	case 3:
		return texts.Draw(t, "texts")
	case 4:
		return rapid.SliceOfN(texts, 1, 4).Draw(t, "groups")
	case 5:
		return time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "time")).UTC()
	case 6:
		return rapid.Bool().Draw(t, "bool")
	}
	return nil
}

// TestSettings sets values of every type, in several patches, and reads them back from the
// file and from the Content that was told of the patches.
func TestSettings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom([]Dialect{Mailman2, Mailman3}).Draw(t, "dialect")
		list := map[Dialect]string{Mailman2: "listname", Mailman3: "listid"}[d]
		data := entry(t, d, []byte("Subject: x\n\ny\n"), []Item{{list, "test"}, {"version", 3}, {"_parsemsg", true}, {"a", []any{"x"}}})
		c, err := readBytes(data)
		if err != nil {
			t.Fatal(err)
		}
		file := &growing{data}
		c.pickles, c.file = pickle.NewReader(file, int64(len(data)), 0), file
		reread(t, c)
		want := map[string]any{}
		for range rapid.IntRange(1, 5).Draw(t, "patches") {
			var set []Setting
			for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 1, 3, rapid.ID).Draw(t, "keys") {
				v := anySetting(t)
				set, want[key] = append(set, Setting{key, v}), v
			}
			if rapid.Bool().Draw(t, "count") {
				n := rapid.IntRange(0, 255).Draw(t, "n")
				set, want[CountKey] = append(set, Setting{CountKey, n}), n
			}
			patch, err := c.Patch(set...)
			if err != nil {
				t.Fatal(err)
			}
			file.data = apply(file.data, patch, func(state []byte, _ bool) {
				if _, err := readBytes(state); err != nil {
					t.Fatal(err)
				}
			})
			if err := c.Patched(patch); err != nil {
				t.Fatal(err)
			}
		}
		fresh, err := readBytes(file.data)
		if err != nil {
			t.Fatal(err)
		}
		if c.MetaEnd != fresh.MetaEnd || c.lastSet != fresh.lastSet || c.lastKey != fresh.lastKey {
			t.Fatalf("ends at %d, %d %q; not %d, %d %q", c.MetaEnd, c.lastSet, c.lastKey, fresh.MetaEnd, fresh.lastSet, fresh.lastKey)
		}
		for key, want := range want {
			for _, c := range []*Content{c, fresh} {
				got, err := get(c, key, want)
				if at, ok := want.(time.Time); ok && err == nil && d == Mailman2 {
					// A float has no more than this.
					if off := at.Sub(got.(time.Time)); off.Abs() <= time.Microsecond {
						got = want
					}
				}
				value := want
				if groups, ok := want.([][]string); ok {
					value = slices.Concat(groups...)
				}
				if err != nil || !reflect.DeepEqual(got, value) {
					t.Fatalf("%s: %#v, want %#v, %v", key, got, value, err)
				}
			}
		}
	})
}

// growing is a file that a patch changes.
type growing struct{ data []byte }

func (g *growing) ReadAt(p []byte, off int64) (int, error) {
	return strings.NewReader(string(g.data)).ReadAt(p, off)
}

// reread reads c's file anew.
func reread(t *rapid.T, c *Content) {
	fresh, err := Read(c.file, int64(len(c.file.(*growing).data)))
	if err != nil {
		t.Fatal(err)
	}
	*c = *fresh
}
