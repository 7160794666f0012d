package queue

import (
	"bytes"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Slice is part Index of Count equal parts of the digests. Slices with the same Count
// leave no gap and do not overlap. The zero Slice is the whole queue.
type Slice struct{ Index, Count uint64 }

// ParseSlice reads "I/N" with 0 <= I < N.
func ParseSlice(s string) (Slice, error) {
	index, count, ok := strings.Cut(s, "/")
	i, err1 := strconv.ParseUint(index, 10, 63)
	n, err2 := strconv.ParseUint(count, 10, 63)
	if !ok || err1 != nil || err2 != nil || i >= n {
		return Slice{}, fmt.Errorf("I/N must be whole numbers with 0 <= I < N, and is %q", s)
	}
	return Slice{i, n}, nil
}

// String is "I/N".
func (s Slice) String() string {
	if s.Count == 0 {
		return "0/1"
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Count)
}

// bound returns the first digest of slice k of n: 2^160·k/n, rounded down as in Mailman
// 2.1, because its runners and ours must have the same slices.
func bound(k, n uint64) *big.Int {
	b := new(big.Int).Lsh(new(big.Int).SetUint64(k), 160)
	return b.Div(b, new(big.Int).SetUint64(n))
}

// Filter returns a function that reports whether an entry is in the slice:
// 2^160·I/N <= digest < 2^160·(I+1)/N, in integers.
func (s Slice) Filter() func(ID) bool {
	if s.Count <= 1 {
		return func(ID) bool { return true }
	}
	low, last := s.Bounds()
	return func(id ID) bool {
		return bytes.Compare(id.digest[:], low[:]) >= 0 && bytes.Compare(id.digest[:], last[:]) <= 0
	}
}

// Bounds returns the first and the last digest of the slice.
func (s Slice) Bounds() (first, last [20]byte) {
	n := max(s.Count, 1)
	bound(s.Index, n).FillBytes(first[:])
	end := bound(s.Index+1, n)
	end.Sub(end, big.NewInt(1)).FillBytes(last[:])
	return first, last
}

// keep is Filter for a listing: nil if the slice is the whole queue, because then no name
// needs to become an ID.
func (s Slice) keep() func(ID) bool {
	if s.Count <= 1 {
		return nil
	}
	return s.Filter()
}
