package message

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// TestValuesAsPython checks values of any type where text or a list of parts should be.
// The text must be what Python writes. Where Python fails, it must have all the text of
// the values. testdata/values.py generates the samples.
func TestValuesAsPython(t *testing.T) {
	t.Parallel()
	agreed, failed := 0, 0
	fromPython(t, "testdata/values.tsv.gz", func(field []string) {
		name := field[0] + " " + field[1]
		data, err := hex.DecodeString(field[2])
		if err != nil {
			t.Fatal(err)
		}
		c, err := readBytes(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		got := messageOf(t, c)
		if field[3] != "!" {
			agreed++
			if want, _ := hex.DecodeString(field[3]); !bytes.Equal(got, want) {
				t.Errorf("%s:\n%q, Python has\n%q", name, got, want)
			}
			return
		}
		failed++
		// The texts that testdata/values.py puts into messages.
		for _, text := range []string{"sub1\n", "sub2\n", "more text", "X-Part", "X-Value", "raw\xe9", "two\n lines"} {
			if bytes.Contains(data, []byte(text)) && !bytes.Contains(got, []byte(text)) {
				t.Errorf("%s: %q is not in\n%q", name, text, got)
			}
		}
	})
	if agreed < 250 {
		t.Errorf("%d messages", agreed)
	}
	t.Logf("%d as Python, %d where Python fails", agreed, failed)
}
