package message

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"switchboard/pkg/pickle"
)

// many returns n addresses of 30 bytes, and the last twice if again is set.
func many(n int) (texts []string, list *pickle.List) {
	list = &pickle.List{}
	for i := range n {
		s := fmt.Sprintf("user%08d@subdomain.example", i)
		texts = append(texts, s)
		list.Items = append(list.Items, pickle.NewString(pickle.ByteString, []byte(s)))
	}
	return texts, list
}

// manyEntry returns an entry whose lists are packed when it is read. The groups share the
// texts of the list, and the items of the set are others.
func manyEntry(t testing.TB, d Dialect, n int) ([]byte, []string) {
	texts, list := many(n)
	groups := &pickle.List{}
	for chunk := range slices.Chunk(list.Items, 500) {
		groups.Items = append(groups.Items, &pickle.List{Items: chunk})
	}
	set := &pickle.Set{}
	for _, s := range texts {
		set.Items = append(set.Items, pickle.NewString(pickle.Unicode, []byte("é"+s)))
	}
	return entry(t, d, []byte("Subject: x\n\ny\n"), []Item{
		{"recips", list}, {"undelivered", groups}, {"recipients", set}, {"tuple", &pickle.Tuple{Items: list.Items[:20]}},
		{"mixed", &pickle.List{Items: []pickle.Value{list.Items[0], groups.Items[0], list.Items[1]}}}, {"few", []any{"a", "b\xff"}},
		{"_parsemsg", true}, {"version", 3},
	}), texts
}

// TestTextsOfMany reads the texts of long metadata, before and after all of it is read in
// another way.
func TestTextsOfMany(t *testing.T) {
	t.Parallel()
	for _, d := range []Dialect{Mailman2, Mailman3} {
		data, want := manyEntry(t, d, 3000)
		c := mustRead(t, data)
		accented := make([]string, len(want))
		for i, s := range want {
			accented[i] = "é" + s
		}
		first, _, err := c.Texts("recips")
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			for key, want := range map[string][]string{"recips": want, "recipients": accented, "tuple": want[:20], "few": {"a", "b\xff"}} {
				texts, ok, err := c.Texts(key)
				if got := textsOf(texts); !ok || err != nil || !slices.Equal(got, want) {
					t.Errorf("%v %s: %d texts, %v", d, key, len(got), err)
				}
			}
			for key, want := range map[string][]string{"undelivered": want, "mixed": slices.Concat(want[:1], want[:500], want[1:2])} {
				texts, ok, err := c.TextGroups(key)
				if got := textsOf(texts); !ok || err != nil || !slices.Equal(got, want) {
					t.Errorf("%v %s: %d texts, %v", d, key, len(got), err)
				}
			}
			if got := c.Recipients(); !slices.Equal(got, want) {
				t.Errorf("%v: %d recipients", d, len(got))
			}
			var all map[string]any
			line, err := c.AppendMetadata(nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(line, &all); err != nil || len(all["recips"].([]any)) != 3000 || len(all["recipients"].([]any)) != 3000 {
				t.Errorf("%v: %v", d, err)
			}
			if _, err = c.HandOn(Mailman3); err != nil {
				t.Error(err)
			}
		}
		if !slices.Equal(textsOf(first), want) {
			t.Error("the texts that were read first have changed")
		}
	}
}

// TestPatchOfMany patches long metadata with long lists. What was read before stays valid.
func TestPatchOfMany(t *testing.T) {
	t.Parallel()
	data, want := manyEntry(t, Mailman2, 3000)
	file := &growing{data}
	c, err := Read(file, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	old, _, err := c.Texts("recips")
	if err != nil {
		t.Fatal(err)
	}
	for _, left := range [][]string{want[1000:], want[2000:2010], want[:2500]} {
		patch, err := c.Patch(Setting{"recips", left}, Setting{"undelivered", [][]string{left, left}})
		if err != nil {
			t.Fatal(err)
		}
		file.data = append(bytes.Clone(file.data[:patch.TailOff]), patch.Tail...)
		file.data[patch.FlipOff] = patch.Flip
		if err := c.Patched(patch); err != nil {
			t.Fatal(err)
		}
		for _, c := range []*Content{c, mustRead(t, file.data)} {
			recips, _, err := c.Texts("recips")
			groups, _, errGroups := c.TextGroups("undelivered")
			if err != nil || errGroups != nil || !slices.Equal(textsOf(recips), left) || !slices.Equal(textsOf(groups), slices.Concat(left, left)) {
				t.Errorf("%d recipients, %v; %d in groups, %v", recips.Len(), err, groups.Len(), errGroups)
			}
		}
	}
	if !slices.Equal(textsOf(old), want) {
		t.Error("the old recipients have changed")
	}
}

// TestMemoryOfMany reads an entry for 100,000 recipients, whose addresses have 30 bytes. It
// is not parallel, because it measures.
func TestMemoryOfMany(t *testing.T) {
	_, list := many(100_000)
	data := entry(t, Mailman2, []byte("x"), []Item{{"recips", list}, {"_parsemsg", true}})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c := mustRead(t, data)
	texts, _, err := c.Texts("recips")
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	runtime.GC()
	runtime.ReadMemStats(&after)
	live := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d bytes allocated, %d live", allocated, live)
	if err != nil || texts.Len() != 100_000 || allocated > 6<<20 || live > 4<<20 {
		t.Errorf("%d recipients take %d bytes, %d of them stay; %v", texts.Len(), allocated, live, err)
	}
	runtime.KeepAlive(c)
}
