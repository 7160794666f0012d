package queue

import "encoding/binary"

// The functions of this file look at eight bytes of a name at a time.

// Words of eight equal bytes.
const (
	ones = 0x0101010101010101
	high = 0x80 * ones
)

// If a byte is below 0x80, adding 0x80-c to it sets its highest bit exactly if the byte is at
// least c, and never carries into the next byte.

// allDigits reports whether eight bytes are decimal digits.
func allDigits(w uint64) bool {
	return (w+(0x80-'0')*ones)&^(w+(0x80-'9'-1)*ones)&^w&high == high
}

// eightDigits returns the number that eight decimal digits are, of which the first is in the
// lowest byte. It adds neighbours: digits to pairs, and those to fours and to all.
func eightDigits(w uint64) uint64 {
	w -= '0' * ones
	w = w*10 + w>>8
	w = (w&0x00FF00FF00FF00FF)*100 + (w >> 16 & 0x00FF00FF00FF00FF)
	w = (w&0x0000FFFF0000FFFF)*10_000 + (w >> 32 & 0x0000FFFF0000FFFF)
	return w & 0xFFFFFFFF
}

// allHex reports whether all bytes are hexadecimal digits.
func allHex(digits *[digestDigits]byte) bool {
	wrong := uint64(0)
	for i := 0; i < digestDigits; i += 8 {
		w := binary.LittleEndian.Uint64(digits[i:])
		wrong |= w | ^hexBits(w)
	}
	return wrong&high == 0
}

// hexBits sets the highest bit of each byte below 0x80 that is a hexadecimal digit.
func hexBits(w uint64) uint64 {
	lower := w | 0x20*ones
	digit := (w + (0x80-'0')*ones) &^ (w + (0x80-'9'-1)*ones)
	letter := (lower + (0x80-'a')*ones) &^ (lower + (0x80-'f'-1)*ones)
	return digit | letter
}

// unhex decodes hexadecimal digits. It reports whether they are in lower case.
func unhex(to *[digestDigits / 2]byte, digits *[digestDigits]byte) bool {
	for i := 0; i < digestDigits; i += 8 {
		w := binary.BigEndian.Uint64(digits[i:])
		letter := w >> 6 & ones
		if w&(letter<<5) != letter<<5 {
			return false
		}
		// The number of each digit, then of each pair, side by side.
		w = w&(0x0F*ones) + 9*letter
		w = (w | w>>4) & 0x00FF00FF00FF00FF
		w = (w | w>>8) & 0x0000FFFF0000FFFF
		binary.BigEndian.PutUint32(to[i/2:], uint32(w|w>>16))
	}
	return true
}
