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

// TestFloatRepr compares with what repr() gives in Python 2.7 and 3.11.
func TestFloatRepr(t *testing.T) {
	t.Parallel()
	for bits, want := range map[uint64]string{
		0x41d466e6d6400000: "1369152345.0",
		0x41d954fc40100000: "1700000000.25",
		0x0000000000000000: "0.0",
		0x8000000000000000: "-0.0",
		0x3f1a36e2eb1c432d: "0.0001",
		0x3ee4f8b588e368f1: "1e-05",
		0x3f202e4b6ce5dc68: "0.00012345",
		0x3ee9e3abe16fc70d: "1.2345e-05",
		0x42dc12218377de66: "123456789012345.6",
		0x430c6bf526340000: "1000000000000000.0",
		0x4341c37937e07fff: "9999999999999998.0",
		0x4341c37937e08000: "1e+16",
		0x437b69b4ba630f35: "1.2345678901234568e+17",
		0x0000000000000001: "5e-324",
		0x0010000000000000: "2.2250738585072014e-308",
		0x41d954fc40000001: "1700000000.0000002",
		0x3fb999999999999a: "0.1",
		0x3fd3333333333334: "0.30000000000000004",
		0xbff8000000000000: "-1.5",
		0x41d26580b487e6b4: "1234567890.123456",
		0x4480f0cf064dd592: "1e+22",
		0x44b52d02c7e14af6: "1e+23",
		0x7fefffffffffffff: "1.7976931348623157e+308",
		0x40f869ffffffffff: "99999.99999999999",
		0x426fffffffffffff: "1099511627775.9999",
		0x4330000000000002: "4503599627370498.0",
		0x7ff0000000000000: "inf",
		0xfff0000000000000: "-inf",
		0x7ff8000000000001: "nan",
	} {
		if got := Float(math.Float64frombits(bits)).String(); got != want {
			t.Errorf("%#x is %s, in Python %s", bits, got, want)
		}
	}
}
