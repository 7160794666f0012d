package pycodec

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"
)

type answer struct{ kind, in, out string }

// answers returns what Python answers, by generation and codec. testdata/codecs.py
// generates the file.
func answers(t *testing.T) map[string][]answer {
	t.Helper()
	f, err := os.Open("testdata/codecs.tsv.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]answer)
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		field := append(strings.Split(lines.Text(), "\t"), "")
		key := field[0] + field[1]
		a := answer{kind: field[2], out: field[3]}
		if a.kind == "encode" || a.kind == "decode" {
			a.in, a.out = field[3], field[4]
		}
		all[key] = append(all[key], a)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAsPython(t *testing.T) {
	t.Parallel()
	codecs := answers(t)
	if len(codecs) < 210 {
		t.Errorf("%d codecs", len(codecs))
	}
	for key, all := range codecs {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			python := Python(key[0])
			codec, found := Find(python, key[1:])
			if found != Text {
				t.Fatalf("found %v", found)
			}
			for _, a := range all {
				if got := a.ask(codec, python); got != a.out {
					t.Errorf("%s %s: %q, Python has %q", a.kind, a.in, got, a.out)
				}
			}
		})
	}
}

func (a answer) ask(codec Codec, python Python) string {
	switch a.kind {
	case "all":
		return allCharacters(codec)
	case "pairs":
		return allPairs(codec)
	case "encode":
		b, ok := codec.Encode(runes(a.in), python == Python2)
		if !ok {
			return "!"
		}
		return hex.EncodeToString(b)
	default:
		b, _ := hex.DecodeString(a.in)
		text, ok := codec.Decode(b)
		if !ok {
			return "!"
		}
		return points(text)
	}
}

func allCharacters(codec Codec) string {
	var all []byte
	text := make([]rune, 1)
	for _, span := range [][2]rune{{0, 0x10000}, {0x1F000, 0x30000}, {0x10FF00, 0x110000}} {
		for c := span[0]; c < span[1]; c++ {
			text[0] = c
			if b, ok := codec.Encode(text, false); ok {
				all = append(append(all, byte(len(b))), b...)
			} else {
				all = append(all, 255)
			}
		}
	}
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:])
}

func allPairs(codec Codec) string {
	h := sha256.New()
	add := func(b ...byte) {
		text, _ := codec.Decode(b)
		out := []byte{byte(len(text))}
		for _, r := range text {
			out = binary.BigEndian.AppendUint32(out, uint32(r))
		}
		h.Write(out)
	}
	for i := range 256 {
		add(byte(i))
		for j := range 256 {
			add(byte(i), byte(j))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func runes(s string) (text []rune) {
	for f := range strings.FieldsSeq(s) {
		r, _ := strconv.ParseUint(f, 16, 32)
		text = append(text, rune(r))
	}
	return text
}

func points(text []rune) string {
	var out []string
	for _, r := range text {
		out = append(out, strconv.FormatInt(int64(r), 16))
	}
	return strings.Join(out, " ")
}
