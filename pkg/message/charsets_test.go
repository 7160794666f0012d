package message

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"strings"
	"testing"

	"switchboard/pkg/message/internal/pycodec"
	"switchboard/pkg/pickle"
)

// sampleHeader is a Header that Python made, and what Python writes for it.
// testdata/headers.py generates the samples.
type sampleHeader struct {
	py3         bool
	label       string
	pickled     []byte
	value, text string
}

func sampleHeaders(t testing.TB) (all []sampleHeader) {
	t.Helper()
	unescape := strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r", `\t`, "\t")
	fromPython(t, "testdata/headers.tsv.gz", func(field []string) {
		pickled, err := hex.DecodeString(field[2])
		if err != nil || len(field) != 5 {
			t.Fatalf("%s: %v", field[1], err)
		}
		all = append(all, sampleHeader{
			py3: field[0] == "3", label: field[1], pickled: pickled,
			value: unescape.Replace(field[3]), text: unescape.Replace(field[4]),
		})
	})
	if len(all) < 2500 {
		t.Fatalf("%d headers", len(all))
	}
	return all
}

func (s sampleHeader) encode(t testing.TB) string {
	t.Helper()
	v, err := pickle.NewReader(bytes.NewReader(s.pickled), int64(len(s.pickled)), 0).Next()
	if err != nil {
		t.Fatal(err)
	}
	h, ok := headerOf(v.Value)
	if !ok {
		t.Fatal("not a Header")
	}
	if s.py3 {
		return h.py3Encode()
	}
	work := int64(32 << 20)
	return h.py2Encode(&work)
}

// TestHeadersAsPython checks that every charset gives the same bytes as in Python,
// under each of its names. Where Python fails, it must give encoded words with all of
// the text.
func TestHeadersAsPython(t *testing.T) {
	t.Parallel()
	agreed, failed := 0, 0
	words := mime.WordDecoder{CharsetReader: func(name string, in io.Reader) (io.Reader, error) {
		b, _ := io.ReadAll(in)
		codec, found := pycodec.Find(pycodec.Python3, name)
		if found != pycodec.Text {
			return nil, errors.New(name)
		}
		text, _ := codec.Decode(b)
		return strings.NewReader(string(text)), nil
	}}
	for _, s := range sampleHeaders(t) {
		got := s.encode(t)
		if s.value != "!" {
			if s.py3 && s.label == "idna short" {
				// The header has a word in UTF-8 instead: see package pycodec.
				continue
			}
			if got != s.value {
				t.Errorf("3:%v %s:\n%q, Python has\n%q", s.py3, s.label, got, s.value)
			} else {
				agreed++
			}
			continue
		}
		failed++
		if !pickle.IsASCII([]byte(got)) {
			t.Errorf("3:%v %s: 8-bit bytes in %q", s.py3, s.label, got)
		}
		if s.text == "!" {
			continue
		}
		read, err := words.DecodeHeader(strings.ReplaceAll(got, "\n", ""))
		if squeeze := strings.NewReplacer(" ", "", "\t", "", "\n", "", "\r", ""); err != nil || squeeze.Replace(read) != squeeze.Replace(s.text) {
			t.Errorf("3:%v %s: %q reads %q, %v, want %q", s.py3, s.label, got, read, err, s.text)
		}
	}
	t.Logf("%d as Python, %d where Python fails", agreed, failed)
}
