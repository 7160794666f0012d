package queue

import "encoding/binary"

// An entry's name ends in a plus sign, a digest, and a dot with three letters, unless the
// entry is temporary.
const (
	digestDigits = 40
	plainTail    = len("+") + digestDigits + len(".pck")
)

// plainName parses the state and the whole seconds of a name of the usual form: its time
// has only digits and a point. It takes a few nanoseconds, while the kernel takes hundreds
// to read the name. A name for which ok is false may still be that of an entry: SplitName
// decides.
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

// Words of eight equal bytes.
const (
	ones = 0x0101010101010101
	high = 0x80 * ones
)

// allHex reports whether all bytes are hexadecimal digits. It checks eight at a time. If a
// byte is below 0x80, adding 0x80-c sets its highest bit exactly if the byte is at least
// c, and never carries into the next byte.
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
