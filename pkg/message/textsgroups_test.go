package message

import (
	"bytes"
	"fmt"
	"testing"
)

// TestManyGroups reads many small groups. Their texts are one piece: a piece for each would
// take as much memory again as the groups, and a search for each text.
func TestManyGroups(t *testing.T) {
	t.Parallel()
	var groups []any
	var want []string
	for i := range 5000 {
		group := []any{fmt.Sprintf("a%d@example.com", i), fmt.Sprintf("b%d@example.com", i)}[:1+i%2]
		for _, text := range group {
			want = append(want, text.(string))
		}
		groups = append(groups, group)
	}
	prefix, err := Mailman2.TextPrefix(0)
	if err != nil {
		t.Fatal(err)
	}
	data, err := Mailman2.AppendMetadata(append(prefix, Mailman2.TextSuffix()...), []Item{
		{Key: "_parsemsg", Value: true}, {Key: "undelivered", Value: groups},
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	texts, _, err := c.TextGroups("undelivered")
	if err != nil || texts.Len() != len(want) {
		t.Fatalf("%d texts, %v", texts.Len(), err)
	}
	for i, text := range want {
		if got := texts.At(i); got != text {
			t.Fatalf("text %d is %q, not %q", i, got, text)
		}
	}
	if len(texts.pieces) != 1 {
		t.Errorf("%d pieces", len(texts.pieces))
	}
}
