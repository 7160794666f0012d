package queue

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// TestAllHex tries every byte in every position.
func TestAllHex(t *testing.T) {
	t.Parallel()
	for place := range digestDigits {
		for c := range 256 {
			digits := [digestDigits]byte(bytes.Repeat([]byte{"09afAF"[place%6]}, digestDigits))
			digits[place] = byte(c)
			_, err := hex.DecodeString(string(digits[:]))
			if got := allHex(&digits); got != (err == nil) {
				t.Fatalf("byte %#x at %d: %v", c, place, got)
			}
		}
	}
}

// TestUnhex decodes every pair of digits in every position.
func TestUnhex(t *testing.T) {
	t.Parallel()
	for place := range digestDigits / 2 {
		for n := range 256 {
			var want, got [digestDigits / 2]byte
			for i := range want {
				want[i] = byte(i * 29)
			}
			want[place] = byte(n)
			text := hex.EncodeToString(want[:])
			if ok := unhex(&got, (*[digestDigits]byte)([]byte(text))); !ok || got != want {
				t.Fatalf("%s: %x, %v", text, got, ok)
			}
			at := 2 * place
			text = text[:at] + strings.ToUpper(text[at:at+2]) + text[at+2:]
			if ok := unhex(&got, (*[digestDigits]byte)([]byte(text))); ok != (text == strings.ToLower(text)) {
				t.Fatalf("%s: %v", text, ok)
			}
		}
	}
}

// TestEightDigits tries every byte in every position, and every digit in numbers.
func TestEightDigits(t *testing.T) {
	t.Parallel()
	for place := range 8 {
		for c := range 256 {
			text := []byte("01238956")
			text[place] = byte(c)
			if got := allDigits(binary.LittleEndian.Uint64(text)); got != ('0' <= c && c <= '9') {
				t.Fatalf("byte %#x at %d: %v", c, place, got)
			}
		}
	}
	for _, n := range []uint64{0, 1, 12345678, 90807060, 1020304, 99999999, 10000000, 17000000} {
		text := fmt.Sprintf("%08d", n)
		if got := eightDigits(binary.LittleEndian.Uint64([]byte(text))); got != n {
			t.Errorf("%s: %d", text, got)
		}
	}
}
