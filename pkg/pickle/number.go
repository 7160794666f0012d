package pickle

import (
	"bytes"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// parseInt reads the argument of INT and LONG as CPython 2.7 and 3 do, with C's
// strtol or PyLong_FromString in base 0: blanks around it, signs, 0x, 0 for octal,
// and Python 2's trailing L are allowed.
func parseInt(text []byte) (Int, error) {
	s := strings.Trim(string(text), " \t\v\f\r")
	sign := ""
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = "-"
		}
		s = s[1:]
	}
	s = strings.TrimSuffix(strings.TrimSuffix(s, "L"), "l")
	base := 10
	if len(s) > 1 && s[0] == '0' {
		switch s[1] {
		case 'x', 'X':
			base, s = 16, s[2:]
		case 'o', 'O':
			base, s = 8, s[2:]
		case 'b', 'B':
			base, s = 2, s[2:]
		default:
			base = 8
		}
	}
	if len(s) > digitLimit {
		return Int{}, causef("integer of more than %d digits", digitLimit)
	}
	for i := range len(s) {
		if _, ok := hex([]byte{s[i]}, 1); !ok {
			return Int{}, cause("not an integer")
		}
	}
	if n, err := strconv.ParseInt(sign+s, base, 64); err == nil {
		return Int{Small: n}, nil
	}
	n, ok := new(big.Int).SetString(sign+s, base)
	if !ok {
		return Int{}, cause("not an integer")
	}
	return intOf(n), nil
}

// intOf returns the number, in Small if it fits.
func intOf(n *big.Int) Int {
	if n.IsInt64() {
		return Int{Small: n.Int64()}
	}
	return Int{Big: n}
}

// binaryInt reads a little-endian two's complement number of any length.
func binaryInt(b []byte) Int {
	if len(b) <= 8 {
		var n uint64
		for i, c := range b {
			n |= uint64(c) << (8 * i)
		}
		if len(b) == 0 {
			return Int{}
		}
		shift := 64 - 8*len(b)
		return Int{Small: int64(n<<shift) >> shift}
	}
	b = bytes.Clone(b)
	slices.Reverse(b)
	n := new(big.Int).SetBytes(b)
	if b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return intOf(n)
}

// parseFloat reads the argument of FLOAT as Python's PyOS_string_to_double.
func parseFloat(text []byte) (Float, error) {
	s := string(text)
	bare := strings.ToLower(strings.TrimLeft(s, "+-"))
	if bare != "inf" && bare != "infinity" && bare != "nan" && strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, cause("not a float")
	}
	if bare == "nan" {
		// strconv does not accept a signed NaN.
		s = bare
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, cause("not a float")
	}
	return Float(f), nil
}

// AppendRepr appends what Python's repr of f gives: the shortest digits that read
// back as f, positional for decimal exponents from -4 to 15, with ".0" after whole
// numbers. Mailman writes the times in the names of queue files like this.
func (f Float) AppendRepr(dst []byte) []byte {
	n := float64(f)
	switch a := math.Abs(n); {
	case math.IsNaN(n):
		return append(dst, "nan"...)
	case math.IsInf(n, 1):
		return append(dst, "inf"...)
	case math.IsInf(n, -1):
		return append(dst, "-inf"...)
	case n != 0 && (a < 1e-4 || a >= 1e16):
		return strconv.AppendFloat(dst, n, 'e', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, n, 'f', -1, 64)
	if bytes.IndexByte(dst[start:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// String returns what Python's repr of f gives.
func (f Float) String() string { return string(f.AppendRepr(nil)) }

// String returns the number in decimal.
func (n Int) String() string {
	if n.Big != nil {
		return n.Big.String()
	}
	return strconv.FormatInt(n.Small, 10)
}
