package queue

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"switchboard/pkg/pickle"
)

// maxTime is the first time, in Unix seconds, that a file base cannot have.
// From 2^40 on Mailman's listing never ends when two entries share a time.
const maxTime = 1 << 40

// maxBase is the longest file base, in bytes: a file name has 255 (NAME_MAX),
// with the longest extension too. Mailman's are a quarter as long.
const maxBase = 255 - len(".pck.tmp")

// ID is a file base, TIME+DIGEST: it names one entry of a queue whatever the
// entry's state. The zero ID names none.
type ID struct {
	base   string
	time   float64
	digest [20]byte
}

// ParseID reads a file base: a decimal Unix time as Python writes a float, a
// plus sign, and 40 hex digits. It is stricter than Mailman, which takes
// whatever Python's float() takes and dies on the rest.
func ParseID(base string) (ID, error) {
	if len(base) > maxBase {
		return ID{}, fmt.Errorf("%s is too long for a file name", quote(base))
	}
	when, digest, ok := strings.Cut(base, "+")
	if !ok || len(digest) != digestDigits || !isDecimal(when) {
		return ID{}, fmt.Errorf("%q is not TIME+DIGEST", base)
	}
	id := ID{base: base}
	if _, err := hex.Decode(id.digest[:], []byte(digest)); err != nil {
		return ID{}, fmt.Errorf("%q has no hexadecimal digest", base)
	}
	t, err := strconv.ParseFloat(when, 64)
	if err != nil || math.Abs(t) >= maxTime {
		return ID{}, fmt.Errorf("%q has a time beyond all reason", base)
	}
	id.time = t
	return id, nil
}

// isDecimal says whether s is [-]DIGITS[.DIGITS][e[+-]DIGITS]. A plus in the
// exponent cannot occur here, as it would end the time.
func isDecimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	s, whole := digits(s)
	if rest, ok := strings.CutPrefix(s, "."); ok {
		var fraction int
		s, fraction = digits(rest)
		whole += fraction
	}
	if whole == 0 {
		return false
	}
	if rest, ok := strings.CutPrefix(s, "e"); ok {
		var n int
		if s, n = digits(strings.TrimPrefix(rest, "-")); n == 0 {
			return false
		}
	}
	return s == ""
}

func digits(s string) (rest string, n int) {
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return s[n:], n
}

// NewID makes the file base of a message that was received at t, in Unix
// seconds.
func NewID(t float64, digest [20]byte) ID {
	base := append(pickle.Float(t).AppendRepr(make([]byte, 0, 64)), '+')
	return ID{base: string(hex.AppendEncode(base, digest[:])), time: t, digest: digest}
}

// String is the file base.
func (id ID) String() string { return id.base }

// Seconds is the time in the name, in Unix seconds.
func (id ID) Seconds() float64 { return id.time }

// Received is the time in the name, to the microsecond: a float has no more
// for times of our days.
func (id ID) Received() time.Time {
	whole, fraction := math.Modf(id.time)
	return time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1e3).UTC()
}

// Digest is the digest in the name, a 160-bit number, most significant byte
// first.
func (id ID) Digest() [20]byte { return id.digest }

// Compare orders entries as they are claimed: by time as a number, then by
// digest, then by the text, for two spellings of one name.
func (id ID) Compare(other ID) int {
	if c := cmp.Compare(id.time, other.time); c != 0 {
		return c
	}
	if c := bytes.Compare(id.digest[:], other.digest[:]); c != 0 {
		return c
	}
	return strings.Compare(id.base, other.base)
}
