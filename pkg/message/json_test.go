package message

import (
	"testing"
)

func TestMetadataOrder(t *testing.T) {
	t.Parallel()
	data, err := Mailman2.AppendMetadata([]byte("U\x01x."), []Item{
		{"zebra", "a"}, {"apple", "\xe9"}, {"list", []any{"\xe9", nil, true}}, {"line", "a\r\n\x1b\u2028\u0085"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := mustRead(t, data).AppendMetadata(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"zebra":"a","apple_base64":"6Q==","list":[{"_base64":"6Q=="},null,true],"line":"a\r\n\u001b\u2028\u0085"}`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
