package queue

import "encoding/binary"

// An entry's name ends in a plus sign, a digest, and a dot with three letters, unless the
// entry is temporary.
const (
	digestDigits = 40
	plainTail    = len("+") + digestDigits + len(".pck")
)

// plainName reads the state and the whole seconds of a name whose time has only digits, as
// nearly all have. It takes a few nanoseconds, and the kernel takes hundreds to read the
// name. What it refuses may still be the name of an entry: SplitName decides.
func plainName(name []byte) (s State, seconds int64, ok bool) {
	plus := len(name) - plainTail
	if plus < len("0.0") || len(name) > maxBase+len(".pck") || name[plus] != '+' {
		return 0, 0, false
	}
	switch string(name[len(name)-len(".pck"):]) {
	case ".pck":
		s = Ready
	case ".bak":
		s = InFlight
	case ".psv":
		s = Preserved
	default:
		return 0, 0, false
	}
	i := 0 // eleven digits are less than maxTime
	for ; i < 12 && '0' <= name[i] && name[i] <= '9'; i++ {
		seconds = seconds*10 + int64(name[i]-'0')
	}
	if i == 0 || i == 12 || name[i] != '.' {
		return 0, 0, false
	}
	for _, c := range name[i+1 : plus] {
		if c < '0' || c > '9' {
			return 0, 0, false
		}
	}
	if !allHex((*[digestDigits]byte)(name[plus+1:])) {
		return 0, 0, false
	}
	return s, seconds, true
}

// Bytes of a word, all alike.
const (
	ones = 0x0101010101010101
	high = 0x80 * ones
)

// allHex says whether all bytes are hexadecimal digits. It looks at eight at a
// time: in a byte below 0x80, adding 0x80-c sets the highest bit where the byte is
// c or more, and carries into no other.
func allHex(digits *[digestDigits]byte) bool {
	for i := 0; i < len(digits); i += 8 {
		w := binary.LittleEndian.Uint64(digits[i:])
		lower := w | 0x20*ones
		digit := (w + (0x80-'0')*ones) &^ (w + (0x80-'9'-1)*ones)
		letter := (lower + (0x80-'a')*ones) &^ (lower + (0x80-'f'-1)*ones)
		if w&high != 0 || (digit|letter)&high != high {
			return false
		}
	}
	return true
}
