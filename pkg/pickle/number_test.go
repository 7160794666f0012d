package pickle

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
	"testing"
)

func TestBigInts(t *testing.T) {
	t.Parallel()
	for _, bits := range []int{1, 7, 8, 9, 15, 16, 31, 32, 63, 64, 65, 127, 128, 2039, 2040, 2041, 14000} {
		for _, off := range []int64{-1, 0, 1} {
			for _, sign := range []int64{1, -1} {
				n := new(big.Int).Lsh(big.NewInt(sign), uint(bits))
				n.Add(n, big.NewInt(off))
				doc, err := Decode(bytes.NewReader(AppendStop(AppendLong(nil, n))), int64(len(AppendLong(nil, n))+1), 0)
				if err != nil {
					t.Fatal(err)
				}
				if got := doc.Value.(Int); got.String() != n.String() {
					t.Errorf("%s became %s", n, got)
				}
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{0, 1, -1, 255, 256, 65535, 65536, math.MaxInt32, math.MaxInt32 + 1, math.MinInt32, math.MinInt32 - 1, math.MaxInt64, math.MinInt64} {
		doc, err := decodeString(string(AppendStop(AppendInt(nil, n))))
		if err != nil || doc.Value != Value(Int{Small: n}) {
			t.Errorf("%d became %v, %v", n, doc, err)
		}
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 1.5, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1)} {
		for _, in := range []string{string(AppendFloat(nil, f)), "F" + strconv.FormatFloat(f, 'g', -1, 64) + "\n"} {
			doc, err := decodeString(in + ".")
			if err != nil || math.Float64bits(float64(doc.Value.(Float))) != math.Float64bits(f) {
				t.Errorf("%v became %v, %v", f, doc, err)
			}
		}
	}
}
