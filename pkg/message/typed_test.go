package message

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/pickle"
)

// withMetadata returns a Content whose metadata has one key "k".
func withMetadata(t testing.TB, d Dialect, value any) *Content {
	t.Helper()
	data, err := d.TextPrefix(0)
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, d.TextSuffix()...)
	if data, err = d.AppendMetadata(data, []Item{{"_parsemsg", true}, {"k", value}}); err != nil {
		t.Fatal(err)
	}
	return mustRead(t, data)
}

func anyList(items ...any) []any { return items }

// TestTyped reads values of each type as each type that is asked for.
func TestTyped(t *testing.T) {
	t.Parallel()
	moment := time.Date(2026, 11, 30, 1, 2, 3, 500_000_000, time.UTC)
	long := strings.Repeat("x", textLimit+1)
	set := &pickle.Set{Items: []pickle.Value{pickle.NewString(pickle.Unicode, []byte("a"))}}
	bytes := pickle.NewString(pickle.Bytes, []byte("a"))
	for _, test := range []struct {
		value any
		// want is what Truth, Text, Count, Instant, Texts and TextGroups say.
		want string
	}{
		{nil, "false | none | none | none | none | none"},
		{true, "true | a bool, not text | 1 | a bool, not a time | a bool, not a list | a bool, not a list"},
		{7, "true | an int, not text | 7 | 1970-01-01T00:00:07Z | an int, not a list | an int, not a list"},
		{0, "false | an int, not text | 0 | 1970-01-01T00:00:00Z | an int, not a list | an int, not a list"},
		{-7, "true | an int, not text | 0 | 1969-12-31T23:59:53Z | an int, not a list | an int, not a list"},
		{1.5, "true | a float, not text | a float, not a number | 1970-01-01T00:00:01.5Z | a float, not a list | a float, not a list"},
		{1e300, "true | a float, not text | a float, not a number | not a time | a float, not a list | a float, not a list"},
		{"", "false |  | a text, not a number | a text, not a time | a text, not a list | a text, not a list"},
		{"a@b", "true | a@b | a text, not a number | a text, not a time | a text, not a list | a text, not a list"},
		{long, "true | a text of 65537 bytes | a text, not a number | a text, not a time | a text, not a list | a text, not a list"},
		{anyList(), "false | a list, not text | a list, not a number | a list, not a time | [] | []"},
		{anyList("a", "b\xff", "é"), "true | a list, not text | a list, not a number | a list, not a time | [a b\xff é] | [a b\xff é]"},
		{anyList("a", 1), "true | a list, not text | a list, not a number | a list, not a time | an int, not a text | an int, not a text"},
		{anyList("a", nil), "true | a list, not text | a list, not a number | a list, not a time | None, not a text | None, not a text"},
		{anyList(long), "true | a list, not text | a list, not a number | a list, not a time | a text of 65537 bytes | a text of 65537 bytes"},
		{anyList(anyList("a", "b"), anyList(), anyList("c"), "d"), "true | a list, not text | a list, not a number | a list, not a time | a list, not a text | [a b c d]"},
		{anyList(anyList(anyList("a"))), "true | a list, not text | a list, not a number | a list, not a time | a list, not a text | a list, not a text"},
		{map[string]any{"a": 1}, "true | a dictionary, not text | a dictionary, not a number | a dictionary, not a time | a dictionary, not a list | a dictionary, not a list"},
	} {
		for _, d := range []Dialect{Mailman2, Mailman3} {
			if got := typed(withMetadata(t, d, test.value)); got != test.want {
				t.Errorf("%v: %.50v:\n%.300s, not\n%.300s", d, test.value, got, test.want)
			}
		}
	}
	for _, test := range []struct {
		value pickle.Value
		want  string
	}{
		{set, "true | a set, not text | a set, not a number | a set, not a time | [a] | [a]"},
		{&pickle.Set{}, "false | a set, not text | a set, not a number | a set, not a time | [] | []"},
		{bytes, "true | bytes, not text | bytes, not a number | bytes, not a time | bytes, not a list | bytes, not a list"},
		{&pickle.List{Items: []pickle.Value{bytes}}, "true | a list, not text | a list, not a number | a list, not a time | bytes, not a text | bytes, not a text"},
		{&pickle.List{Items: []pickle.Value{set, set}}, "true | a list, not text | a list, not a number | a list, not a time | a set, not a text | [a a]"},
		{receivedTime(float64(moment.UnixMilli()) / 1000), "true | a datetime, not text | a datetime, not a number | 2026-11-30T01:02:03.5Z | a datetime, not a list | a datetime, not a list"},
	} {
		if got := typed(withMetadata(t, Mailman3, test.value)); got != test.want {
			t.Errorf("%v:\n%s, not\n%s", test.value, got, test.want)
		}
	}
}

func typed(c *Content) string {
	text, ok1, err1 := c.Text("k")
	count, ok2, err2 := c.Count("k")
	instant, ok3, err3 := c.Instant("k")
	texts, ok4, err4 := c.Texts("k")
	groups, ok5, err5 := c.TextGroups("k")
	said := []string{
		fmt.Sprint(c.Truth("k")),
		said(text, ok1, err1), said(count, ok2, err2), said(instant.Format(time.RFC3339Nano), ok3, err3),
		said(allTexts(texts), ok4, err4), said(allTexts(groups), ok5, err5),
	}
	return strings.Join(said, " | ")
}

func allTexts(texts Texts) []string {
	out := []string{}
	for i := range texts.Len() {
		out = append(out, texts.At(i))
	}
	return out
}

func said(value any, ok bool, err error) string {
	const named = "malformed: metadata k: "
	switch {
	case err != nil && (!errors.Is(err, ErrMalformed) || !strings.HasPrefix(err.Error(), named)):
		return "not such an error: " + err.Error()
	case err != nil:
		return strings.TrimPrefix(err.Error(), named)
	case !ok:
		return "none"
	}
	return fmt.Sprint(value)
}

// TestTextsInFile reads a list whose texts stay in the file, and one that shares a group so
// often that all its texts would be out of proportion to the file.
func TestTextsInFile(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", textLimit/2)
	c := withMetadata(t, Mailman3, anyList("a", long, "b"))
	texts, ok, err := c.Texts("k")
	if got := allTexts(texts); err != nil || !ok || !slices.Equal(got, []string{"a", long, "b"}) {
		t.Errorf("%d texts, %v, %v", len(got), ok, err)
	}
	group := &pickle.List{}
	for range 1000 {
		group.Items = append(group.Items, pickle.NewString(pickle.Unicode, []byte("a")))
	}
	shared := &pickle.List{}
	for range 1000 {
		shared.Items = append(shared.Items, group)
	}
	if _, _, err := withMetadata(t, Mailman3, shared).TextGroups("k"); !errors.Is(err, ErrMalformed) {
		t.Errorf("a million texts from a small file: %v", err)
	}
	big := &pickle.List{}
	one := pickle.NewString(pickle.Unicode, []byte(long))
	for range 100 {
		big.Items = append(big.Items, one)
	}
	if _, _, err := withMetadata(t, Mailman3, big).Texts("k"); !errors.Is(err, ErrMalformed) {
		t.Errorf("one long text, a hundred times: %v", err)
	}
}
