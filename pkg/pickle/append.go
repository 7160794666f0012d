package pickle

import (
	"encoding/binary"
	"math"
	"math/big"
	"slices"
	"strconv"
)

// The functions here append single values to a pickle that the caller builds.
// They write opcodes of protocols 0 and 1, which every Python reads, and mark
// no protocol. A number or a string that is too large for those gets an opcode of
// a later protocol, which Python 2.7 (integers) or 3.4 (text) also reads.

// AppendByteString appends a str of Python 2: SHORT_BINSTRING or BINSTRING.
// Python 3 loads it only if it is ASCII. It panics at 2 GiB.
func AppendByteString[T string | []byte](dst []byte, s T) []byte {
	if len(s) > math.MaxInt32 {
		panic("pickle: byte string of 2 GiB or more")
	}
	if len(s) < 256 {
		dst = append(dst, opShortBinString, byte(len(s)))
	} else {
		dst = AppendByteStringPrefix(dst, int32(len(s)))
	}
	return append(dst, s...)
}

// AppendByteStringPrefix appends what precedes the n bytes of a str of Python 2:
// BINSTRING, always 5 bytes. It is for content that is written before its length
// is known.
func AppendByteStringPrefix(dst []byte, n int32) []byte {
	return binary.LittleEndian.AppendUint32(append(dst, opBinString), uint32(n))
}

// AppendUnicode appends a unicode of Python 2 or a str of Python 3: BINUNICODE.
// s is surrogatepass UTF-8. From 2 GiB on it is BINUNICODE8, for Python 3.
func AppendUnicode[T string | []byte](dst []byte, s T) []byte {
	if len(s) > math.MaxInt32 {
		dst = binary.LittleEndian.AppendUint64(append(dst, opBinUnicode8), uint64(len(s)))
	} else {
		dst = AppendUnicodePrefix(dst, int32(len(s)))
	}
	return append(dst, s...)
}

// AppendUnicodePrefix is [AppendByteStringPrefix] for [AppendUnicode]: BINUNICODE,
// always 5 bytes. n is the length of the surrogatepass UTF-8.
func AppendUnicodePrefix(dst []byte, n int32) []byte {
	return binary.LittleEndian.AppendUint32(append(dst, opBinUnicode), uint32(n))
}

// AppendEscaped appends src as surrogatepass UTF-8 with each byte above 127 as
// the surrogate U+DC80 to U+DCFF that Python's surrogateescape makes of it. This
// is how Mailman 3 holds the bytes of mail in a str.
func AppendEscaped[T string | []byte](dst []byte, src T) []byte {
	for i := range len(src) {
		if c := src[i]; c < 0x80 {
			dst = append(dst, c)
		} else {
			dst = append(dst, 0xED, 0xB0|c>>6, 0x80|c&0x3F)
		}
	}
	return dst
}

// AppendInt appends an int.
func AppendInt(dst []byte, n int64) []byte {
	switch {
	case 0 <= n && n <= math.MaxUint8:
		return append(dst, opBinInt1, byte(n))
	case 0 <= n && n <= math.MaxUint16:
		return append(dst, opBinInt2, byte(n), byte(n>>8))
	case math.MinInt32 <= n && n <= math.MaxInt32:
		return binary.LittleEndian.AppendUint32(append(dst, opBinInt), uint32(n))
	}
	// As text, because Python 2 would load the binary form as a long.
	return append(strconv.AppendInt(append(dst, opInt), n, 10), '\n')
}

// AppendLong appends a long of Python 2 or an int of Python 3, of any size:
// LONG1 or LONG4.
func AppendLong(dst []byte, n *big.Int) []byte {
	b := twosComplement(n)
	if len(b) < 256 {
		dst = append(dst, opLong1, byte(len(b)))
	} else {
		dst = binary.LittleEndian.AppendUint32(append(dst, opLong4), uint32(len(b)))
	}
	return append(dst, b...)
}

// twosComplement returns n as little-endian bytes, as few as hold its sign.
func twosComplement(n *big.Int) []byte {
	if n.Sign() == 0 {
		return nil
	}
	size := n.BitLen()/8 + 1
	if n.Sign() < 0 {
		// -2^(8k-1) has one bit more than its magnitude needs.
		size = new(big.Int).Not(n).BitLen()/8 + 1
		n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	b := n.FillBytes(make([]byte, size))
	slices.Reverse(b)
	return b
}

// AppendFloat appends a float: BINFLOAT.
func AppendFloat(dst []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, opBinFloat), math.Float64bits(f))
}

// AppendBool appends True or False, as protocols 0 and 1 write them.
func AppendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, opInt, '0', '1', '\n')
	}
	return append(dst, opInt, '0', '0', '\n')
}

// AppendNone appends None.
func AppendNone(dst []byte) []byte { return append(dst, opNone) }

// AppendList appends an empty list.
func AppendList(dst []byte) []byte { return append(dst, opEmptyList) }

// AppendDict appends an empty dictionary.
func AppendDict(dst []byte) []byte { return append(dst, opEmptyDict) }

// AppendSetItem stores the last value that was appended in the dictionary that
// precedes it, under the key between them: SETITEM.
func AppendSetItem(dst []byte) []byte { return append(dst, opSetItem) }

// AppendStop ends the pickle.
func AppendStop(dst []byte) []byte { return append(dst, opStop) }

// ListAppender appends a list item by item, in batches as CPython does, which keeps a
// loader's stack small.
type ListAppender struct {
	// Out is the pickle so far. The caller appends an item to what Next returns, and
	// stores the result here.
	Out []byte
	n   int
}

// NewListAppender begins a list.
func NewListAppender(dst []byte) *ListAppender { return &ListAppender{Out: AppendList(dst)} }

// Next returns the pickle to which the next item is to be appended.
func (l *ListAppender) Next() []byte {
	if l.n%batch == 0 {
		if l.n > 0 {
			l.Out = append(l.Out, opAppends)
		}
		l.Out = append(l.Out, opMark)
	}
	l.n++
	return l.Out
}

// End ends the list and returns the pickle.
func (l *ListAppender) End() []byte {
	if l.n > 0 {
		l.Out = append(l.Out, opAppends)
	}
	return l.Out
}
