package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// TestDepth tries the deepest nesting that Decode reads, and one level more, in every
// way to make a level.
func TestDepth(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(n int) string{
		"tuple": func(n int) string { return ")" + strings.Repeat("\x85", n-1) + "." },
		"list":  func(n int) string { return strings.Repeat("]", n) + strings.Repeat("a", n-1) + "." },
		"dict":  func(n int) string { return strings.Repeat("}N", n-1) + "}" + strings.Repeat("s", n-1) + "." },
		"object": func(n int) string {
			return strings.Repeat("cm\nf\n", n/2) + ")" + strings.Repeat("R\x85", n/2) + "."
		},
	} {
		for _, n := range []int{depthLimit + 2, 20 * depthLimit} {
			if _, err := decodeString(f(n)); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s %d: %v", name, n, err)
			}
		}
		for _, n := range []int{1, 100, depthLimit - 1} {
			if _, err := decodeString(f(n)); err != nil {
				t.Errorf("%s %d: %v", name, n, err)
			}
		}
	}
	// A chain of lists that is built from the outside in: each is fetched from the
	// memo.
	b := []byte("]q\x00")
	for i := range depthLimit + 5 {
		from, to := uint32(2*i), uint32(2*i+2)
		if i == 0 {
			b = append(b, "r\x00\x00\x00\x00"...)
		}
		b = binary.LittleEndian.AppendUint32(append(b, "0j"...), from)
		b = binary.LittleEndian.AppendUint32(append(b, "]r"...), to)
		b = append(b, 'a')
		b = binary.LittleEndian.AppendUint32(append(b, "0j"...), to)
	}
	b = append(b, "0j\x00\x00\x00\x00."...)
	if _, err := decodeString(string(b)); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "deep") {
		t.Errorf("outside in: %v", err)
	}
}

func TestSelfReference(t *testing.T) {
	t.Parallel()
	doc, err := decodeString("]q\x00h\x00a.")
	if err != nil {
		t.Fatal(err)
	}
	if l := doc.Value.(*List); len(l.Items) != 1 || l.Items[0] != Value(l) {
		t.Error("list does not contain itself")
	}
	// A list that occurs many times, and through another one, is not deep.
	for _, in := range []string{
		"]q\x00(" + strings.Repeat("h\x00", 3*depthLimit) + "e.",
		"]q\x00]q\x01(" + strings.Repeat("h\x00", 3*depthLimit) + "ea(" + strings.Repeat("h\x01", 3*depthLimit) + "e.",
		"}q\x00U\x01ah\x00s.",
		"cm\nC\n)Rq\x00}U\x01ah\x00sb.",
	} {
		if _, err := decodeString(in); err != nil {
			t.Errorf("%.30q: %v", in, err)
		}
	}
}

// TestMemoryBound checks that the memory that Decode allocates for a hostile file is in
// proportion to its size.
func TestMemoryBound(t *testing.T) {
	const n = 1 << 20
	for name, unit := range map[string]string{
		"lists":       "]",
		"dicts":       "}",
		"sets":        "\x8f",
		"tuples":      ")",
		"marks":       "(",
		"nones":       "N",
		"dups":        "N2222222",
		"ints":        "K\x01",
		"strings":     "U\x00",
		"globals":     "cm\nf\n",
		"objects":     "(im\nf\n",
		"memo":        "Nr\xff\x0f\x0f\x00",
		"memoize":     "N\x94",
		"unicode":     "V\\\n",
		"long tuples": ")\x85\x85\x85\x85\x850",
	} {
		in := "(" + strings.Repeat(unit, n/len(unit))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := decodeString(in)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
		// All allocations, garbage included.
		if got := after.TotalAlloc - before.TotalAlloc; got > 200*n {
			t.Errorf("%s: %d bytes for each byte", name, got/n)
		}
	}
}

// TestBudget checks that values out of all proportion are refused, but not those of a
// very large list.
func TestBudget(t *testing.T) {
	t.Parallel()
	if _, err := decodeString("(" + strings.Repeat("]", 1<<20) + "l."); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "too many values") {
		t.Errorf("a million lists in a megabyte: %v", err)
	}
	m := append(AppendList(nil), opMark)
	for i := range 200000 {
		m = AppendByteString(m, fmt.Sprintf("r%d@example.com", i))
		m = binary.LittleEndian.AppendUint32(append(m, opLongBinPut), uint32(i))
	}
	doc, err := decodeString(string(AppendStop(append(m, opAppends))))
	if err != nil || len(doc.Value.(*List).Items) != 200000 {
		t.Errorf("200,000 recipients: %v", err)
	}
	// Small files may be as dense as they like.
	if _, err := decodeString("(" + strings.Repeat("]", 10000) + "l."); err != nil {
		t.Error(err)
	}
}
