package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

// decodePacked decodes a pickle as part of a long file, packed or not.
func decodePacked(data []byte, packed bool) (*Document, error) {
	r := NewReader(bytes.NewReader(data), int64(len(data)), 0)
	r.src.whole = false
	if packed {
		r.packFrom = 1
	}
	return r.Next()
}

// sameValues compares two values, which may contain themselves.
func sameValues(a, b Value, seen map[Value]Value) error {
	if nodeOf(a) != nil {
		if before, ok := seen[a]; ok {
			if before != b {
				return errors.New("another value is shared")
			}
			return nil
		}
		seen[a] = b
	}
	var left, right []Value
	switch a := a.(type) {
	case *String:
		b, ok := b.(*String)
		if !ok || a.Kind != b.Kind || a.Array != b.Array || !bytes.Equal(a.held, b.held) || (a.ref == nil) != (b.ref == nil) {
			return fmt.Errorf("%v is not %v", a, b)
		}
		return nil
	case Float:
		b, ok := b.(Float)
		if !ok || math.Float64bits(float64(a)) != math.Float64bits(float64(b)) {
			return fmt.Errorf("%v is not %v", a, b)
		}
		return nil
	case Int, Bool, None, nil, *Global:
		if x, y := fmt.Sprintf("%T %v", a, a), fmt.Sprintf("%T %v", b, b); x != y {
			return fmt.Errorf("%s is not %s", x, y)
		}
		return nil
	}
	if x, y := fmt.Sprintf("%T", a), fmt.Sprintf("%T", b); x != y {
		return fmt.Errorf("%s is not %s", x, y)
	}
	left, right = AppendChildren(nil, a), AppendChildren(nil, b)
	if len(left) != len(right) {
		return fmt.Errorf("%T of %d, not %d", a, len(left), len(right))
	}
	for i := range left {
		if err := sameValues(left[i], right[i], seen); err != nil {
			return err
		}
	}
	return nil
}

// checkPacked decodes a pickle packed and not, and compares the two.
func checkPacked(data []byte) (texts int, err error) {
	want, errWant := decodePacked(data, false)
	got, errGot := decodePacked(data, true)
	for _, err := range []error{errWant, errGot} {
		if err != nil && strings.Contains(err.Error(), "too many values") {
			return 0, nil // the estimates of the costs differ
		}
	}
	if fmt.Sprint(errWant) != fmt.Sprint(errGot) {
		return 0, fmt.Errorf("%v, packed: %v", errWant, errGot)
	}
	if errWant != nil {
		return 0, nil
	}
	if got.End != want.End || got.Protocol != want.Protocol || got.LastSet != want.LastSet || got.LastKey != want.LastKey || len(got.Unchecked) != len(want.Unchecked) {
		return 0, fmt.Errorf("%+v, not %+v", got, want)
	}
	texts = countTexts(got.Value)
	Unpack(got.Value)
	if n := countTexts(got.Value); n > 0 {
		return 0, fmt.Errorf("%d texts are still packed", n)
	}
	return texts, sameValues(want.Value, got.Value, map[Value]Value{})
}

// countTexts returns how many texts are packed in a value.
func countTexts(root Value) (n int) {
	seen := map[Value]bool{}
	for todo := []Value{root}; len(todo) > 0; {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		switch v := v.(type) {
		case *Texts:
			n += v.Len()
		case *Groups:
			n += v.Texts().Len()
		}
		if nodeOf(v) == nil || seen[v] {
			continue
		}
		seen[v] = true
		todo = AppendChildren(todo, v)
	}
	return n
}

// packedPickles have lists of texts in every form that a Python writes, and in some that
// only a program of somebody's own would write. The number is how many texts are packed.
var packedPickles = []struct {
	pickle string
	texts  int
}{
	{"]q\x01(U\x01aq\x02U\x01bq\x03e.", 2},
	{"]q\x01(U\x01aq\x02U\x01bq\x03e(U\x01ch\x02h\x03e.", 5},
	{"(lp1\nS'a'\np2\naS'b\\'\\x00'\np3\nag2\na.", 3},
	{"(lp1\nVa\\u20ac\np2\naV\xe9\np3\nag2\nag1\na.", 3},
	{"(U\x01aU\x01bU\x01aU\x01cl.", 4},
	{"(U\x01aU\x01bU\x01aU\x01ct.", 4},
	{"U\x01aU\x01b\x86.", 0},
	{"\x8f\x94(\x8c\x01a\x94\x8c\x01b\x94\x8c\x01a\x90(\x8c\x01c\x8c\x01b\x90(K\x01\x8c\x01c\x8c\x01d\x90(\x8c\x01d\x8c\x01e\x90.", 3},
	{"(\x8c\x01a\x8c\x01b\x8c\x01a\x91.", 2},
	{"\x8f(K\x01U\x01a\x90(U\x01aU\x01b\x90.", 0},
	{"\x8f(U\x01aX\x01\x00\x00\x00aU\x01\xe9X\x02\x00\x00\x00\xc3\xa9\x90.", 3},
	{"}(U\x01aq\x01](h\x01h\x01U\x01deU\x01b]h\x01au.", 4},
	{"](U\x01aU\x01be2U\x01ca.", 3},
	{"](U\x01a2e.", 0},
	{"](U\x01aNU\x01be.", 0},
	{"](U\x01aB\x01\x00\x00\x00bU\x01ce.", 0},
	{"](U\x01aU\x01bU\x01c0e.", 0},
	{"](U\x01aq\x05q\x05h\x05q\x06e(h\x06h\x05e.", 4},
	{"]q\x05(U\x01aq\x05h\x05e(h\x05e.", 3},
	{"](U\x01aq\x05]q\x05h\x05e.", 0},
	{"\x80\x04](\x8c\x01a\x94\x8c\x01b\x94\x95\x02\x00\x00\x00\x00\x00\x00\x00e.", 2},
	{"c__builtin__\nset\n(](U\x01aU\x01betR.", 2},
	{"](T\x01\x20\x00\x00" + strings.Repeat("x", 0x2001) + "U\x01ae.", 0},
	{"](UU" + strings.Repeat("x", 0x55) + "X\x01\x00\x00\x00\xffe.", 0},
	{"](U\x00U\x00U\x01ae.", 3},
	// Lists of lists.
	{"]q\x01(]q\x02U\x01aq\x03a]q\x04(U\x01bq\x05U\x01ceeh\x01\x86.", 3},
	{"](]U\x01aa]U\x01bae(]U\x01cae.", 3},
	{"(lp1\n(lp2\nS'a'\np3\naa(lp4\ng3\naa.", 2},
	{"]q\x01(]q\x02U\x01aa]q\x03U\x01bah\x02e.", 2},
	{"]q\x01(]q\x02U\x01aa]q\x03U\x01bae(h\x03e.", 2},
	{"]q\x01(]q\x02U\x01aah\x02U\x01bae.", 2},
	{"]q\x01(]q\x02U\x01aa]q\x02U\x01bae(h\x02e.", 2},
	{"]q\x01(]q\x02q\x03U\x01aa]U\x01bae(h\x03e.", 2},
	{"]q\x01(K\x05q\x020]q\x02U\x01aa]U\x01bae(h\x02e.", 2},
	{"]q\x01(]q\x02U\x01aa]U\x01bae(U\x01cq\x02h\x02e(]h\x02aeh\x02a.", 6},
	{"](]q\x02U\x01aah\x02h\x02e.", 1},
	{"](]U\x01aa2e.", 1},
	{"](]U\x01aa](]U\x01baee.", 2},
	{"](]q\x02U\x01aah\x02aa.", 0},
	{"(]U\x01aa]U\x01bal(]U\x01cae.", 3},
	{"](]U\x01aaK\x01e(]U\x01bae.", 2},
	{"](]U\x01aa]e.", 1},
	{"](]U\x01aa]U\x01ba\x85e.", 2},
	{"\x80\x04]\x94(]\x94\x8c\x01a\x94a]\x94h\x02ah\x01e.", 2},
}

func TestPacked(t *testing.T) {
	t.Parallel()
	for _, tt := range packedPickles {
		texts, err := checkPacked([]byte(tt.pickle))
		if err != nil || texts != tt.texts {
			t.Errorf("%.60q: %d texts are packed, not %d; %v", tt.pickle, texts, tt.texts, err)
		}
	}
}

// TestPackedMany packs enough texts for several pages and blocks, and gets each by its
// index.
func TestPackedMany(t *testing.T) {
	t.Parallel()
	list := NewListAppender(nil)
	for i := range 20_000 {
		list.Out = AppendByteString(list.Next(), fmt.Sprintf("%0*d", i%40+5, i))
		list.Out = append(list.Out, opPut)
		list.Out = fmt.Appendf(list.Out, "%d\n", i)
	}
	data := append(list.End(), opStop)
	if texts, err := checkPacked(data); err != nil || texts != 20_000 {
		t.Fatalf("%d, %v", texts, err)
	}
	doc, err := decodePacked(data, true)
	if err != nil {
		t.Fatal(err)
	}
	texts := doc.Value.(*List).Items[0].(*Texts)
	for i := range texts.Len() {
		if text, kind := texts.At(i); string(text) != fmt.Sprintf("%0*d", i%40+5, i) || kind != ByteString {
			t.Fatalf("%d is %q", i, text)
		}
	}
	if len(texts.runs) != 1 {
		t.Errorf("%d runs", len(texts.runs))
	}
}

// FuzzPacked checks that packing changes nothing but the memory that is used.
func FuzzPacked(f *testing.F) {
	for _, tt := range packedPickles {
		f.Add([]byte(tt.pickle))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := checkPacked(data); err != nil {
			t.Fatal(err)
		}
	})
}
