package queue

import (
	"bytes"
	"crypto/sha1"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// inside says whether a slice has a digest. It computes the documented inequality in
// integers, as Mailman 2.1 does:
//
//	2^160·I/N <= d < 2^160·(I+1)/N
func inside(s Slice, digest [20]byte) bool {
	d := new(big.Int).SetBytes(digest[:])
	at := func(k uint64) *big.Int {
		b := new(big.Int).Mul(new(big.Int).Exp(big.NewInt(2), big.NewInt(160), nil), new(big.Int).SetUint64(k))
		return b.Quo(b, new(big.Int).SetUint64(s.Count))
	}
	return at(s.Index).Cmp(d) <= 0 && d.Cmp(at(s.Index+1)) < 0
}

// drawDigest draws a digest, often one next to a bound of one of n slices.
func drawDigest(t *rapid.T, n uint64) (digest [20]byte) {
	if rapid.Bool().Draw(t, "anywhere") {
		return sha1.Sum(rapid.SliceOf(rapid.Byte()).Draw(t, "digested"))
	}
	at := new(big.Int).Lsh(new(big.Int).SetUint64(rapid.Uint64Range(0, n).Draw(t, "bound")), 160)
	at.Div(at, new(big.Int).SetUint64(n))
	at.Add(at, big.NewInt(rapid.Int64Range(-2, 2).Draw(t, "beside")))
	if last := new(big.Int).Lsh(big.NewInt(1), 160); at.Cmp(last) >= 0 {
		at.Sub(last, big.NewInt(1))
	} else if at.Sign() < 0 {
		at.SetInt64(0)
	}
	at.FillBytes(digest[:])
	return digest
}

// TestSlices checks that every digest is in exactly one of N slices, for any N.
func TestSlices(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(1, 300).Draw(t, "n")
		id := NewID(1, drawDigest(t, n))
		found := 0
		for i := range n {
			s := Slice{i, n}
			in := s.Filter()(id)
			if in != inside(s, id.Digest()) {
				t.Fatalf("%x in %v: %v", id.Digest(), s, in)
			}
			if in {
				found++
			}
		}
		if found != 1 {
			t.Fatalf("%x is in %d slices of %d", id.Digest(), found, n)
		}
	})
}

// TestBigSlices checks the same for N so large that it cannot try every slice.
func TestBigSlices(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(1, 1<<63-1).Draw(t, "n")
		id := NewID(1, drawDigest(t, n))
		digest := id.Digest()
		at := new(big.Int).SetBytes(digest[:])
		// i is the greatest number for which 2^160·i/n, rounded down, is not above d.
		at.Add(at, big.NewInt(1)).Mul(at, new(big.Int).SetUint64(n))
		at.Sub(at, big.NewInt(1)).Rsh(at, 160)
		i := at.Uint64()
		for _, s := range []Slice{{i, n}, {max(i, 1) - 1, n}, {min(i+1, n-1), n}} {
			if s.Filter()(id) != inside(s, digest) || s.Filter()(id) != (s.Index == i) {
				t.Fatalf("%x in %v: %v", digest, s, s.Filter()(id))
			}
		}
	})
}

func TestParseSlice(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Slice{
		"0/1": {0, 1}, "0/4": {0, 4}, "3/4": {3, 4}, "2/3": {2, 3},
		"9223372036854775806/9223372036854775807": {1<<63 - 2, 1<<63 - 1},
	} {
		s, err := ParseSlice(text)
		if err != nil || s != want || s.String() != text {
			t.Errorf("%s is %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "/", "1", "1/", "/1", "4/4", "5/4", "-1/4", "0/0", "1/-4", "+1/4", "1/4/4",
		"1.0/4", "0x1/4", " 1/4", "1/4 ", "1_0/40", "9223372036854775807/9223372036854775808"} {
		if s, err := ParseSlice(text); err == nil {
			t.Errorf("%q is %v", text, s)
		}
	}
	if (Slice{}).String() != "0/1" || !(Slice{}).Filter()(testID(1)) {
		t.Error("the zero slice is not everything")
	}
}

// TestLockRanges checks that slices, as ranges of bytes, exclude each other exactly when
// they share a digest.
func TestLockRanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) Slice {
			n := rapid.Uint64Range(1, 1<<20).Draw(t, label+" of")
			return Slice{rapid.Uint64Range(0, n-1).Draw(t, label), n}
		}
		a, b := draw("a"), draw("b")
		if rapid.Bool().Draw(t, "one n") {
			b = Slice{b.Index % a.Count, a.Count}
		}
		startA, lengthA := a.lockRange()
		startB, lengthB := b.lockRange()
		if startA < 0 || lengthA <= 0 || startA+lengthA > 1<<lockBits {
			t.Fatalf("%v locks %d from %d", a, lengthA, startA)
		}
		// a.Index/a.Count < (b.Index+1)/b.Count, and the same with a and b swapped.
		share := a.Index*b.Count < (b.Index+1)*a.Count && b.Index*a.Count < (a.Index+1)*b.Count
		exclude := startA < startB+lengthB && startB < startA+lengthA
		if share != exclude {
			t.Fatalf("%v and %v share: %v, exclude each other: %v", a, b, share, exclude)
		}
	})
}

// TestSliceOfNames checks that only the digest in a name decides its slice.
func TestSliceOfNames(t *testing.T) {
	t.Parallel()
	for digest, want := range map[string]uint64{
		strings.Repeat("0", 40):              0,
		"3fffffff" + strings.Repeat("f", 32): 0,
		"40000000" + strings.Repeat("0", 32): 1,
		"7FFFFFFF" + strings.Repeat("F", 32): 1,
		"80000000" + strings.Repeat("0", 32): 2,
		"bfffffff" + strings.Repeat("f", 32): 2,
		"c0000000" + strings.Repeat("0", 32): 3,
		strings.Repeat("f", 40):              3,
	} {
		id, err := ParseID("1700000000.0+" + digest)
		if err != nil {
			t.Fatal(err)
		}
		for i := range uint64(4) {
			if got := (Slice{i, 4}).Filter()(id); got != (i == want) {
				t.Errorf("%s in %d/4: %v", digest, i, got)
			}
		}
	}
}

// TestSliceBounds checks that the bounds of a slice are what its filter accepts.
func TestSliceBounds(t *testing.T) {
	t.Parallel()
	for _, s := range []Slice{{}, {0, 1}, {0, 3}, {1, 3}, {2, 3}, {6, 7}} {
		first, last := s.Bounds()
		inside := s.Filter()
		for _, digest := range [][20]byte{first, last} {
			if !inside(NewID(1, digest)) {
				t.Errorf("slice %v: %x is not inside", s, digest)
			}
		}
		if s.Index+1 == max(s.Count, 1) && last != [20]byte(bytes.Repeat([]byte{0xff}, 20)) {
			t.Errorf("slice %v ends with %x", s, last)
		}
		if s.Index > 0 {
			if _, before := (Slice{s.Index - 1, s.Count}).Bounds(); inside(NewID(1, before)) {
				t.Errorf("slice %v: %x is inside", s, before)
			}
		}
	}
}
