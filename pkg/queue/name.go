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

// maxTime is the first time, in Unix seconds, that a file base cannot have. From 2^40 on
// Mailman's listing loops forever if two entries have the same time.
const maxTime = 1 << 40

// maxBase is the length of the longest file base: a file name, with the longest
// extension, has at most 255 bytes (NAME_MAX). Mailman's are a quarter as long.
const maxBase = 255 - len(".pck.tmp")

// ID is a file base, TIME+DIGEST, which names one entry of a queue in any state. The zero
// ID does not name an entry.
type ID struct {
	base   string
	time   float64
	digest [20]byte
}

// ParseID parses a file base: a decimal Unix time as Python writes a float, a plus sign,
// and 40 hex digits. It is stricter than Mailman, which accepts every time that Python's
// float() accepts, and crashes on any other.
func ParseID(base string) (ID, error) {
	if len(base) > maxBase {
		return ID{}, fmt.Errorf("%s is too long for a file name", quote(base))
	}
	when, digest, ok := strings.Cut(base, "+")
	if !ok || len(digest) != digestDigits || !isDecimal(when) {
		return ID{}, fmt.Errorf("%q is not TIME+DIGEST", base)
	}
	id := ID{base: base}
	var text [digestDigits]byte // a conversion would allocate
	copy(text[:], digest)
	if _, err := hex.Decode(id.digest[:], text[:]); err != nil {
		return ID{}, fmt.Errorf("%q has no hexadecimal digest", base)
	}
	t, err := strconv.ParseFloat(when, 64)
	if err != nil || math.Abs(t) >= maxTime {
		return ID{}, fmt.Errorf("%q has a time that is out of range", base)
	}
	id.time = t
	return id, nil
}

// isDecimal reports whether s is [-]DIGITS[.DIGITS][e[-]DIGITS]. The exponent has no plus
// sign here, because the first plus sign ends the time.
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

// NewID returns the file base of a message that was received at t, in Unix seconds.
func NewID(t float64, digest [20]byte) ID {
	base := append(pickle.Float(t).AppendRepr(make([]byte, 0, 64)), '+')
	return ID{base: string(hex.AppendEncode(base, digest[:])), time: t, digest: digest}
}

// String returns the file base.
func (id ID) String() string { return id.base }

// Seconds returns the time in the name, in Unix seconds.
func (id ID) Seconds() float64 { return id.time }

// Received returns the time in the name, to the microsecond. For present times a float
// is not more precise.
func (id ID) Received() time.Time {
	whole, fraction := math.Modf(id.time)
	return time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1e3).UTC()
}

// Digest returns the digest in the name, a 160-bit number, most significant byte first.
func (id ID) Digest() [20]byte { return id.digest }

// Compare orders entries as they are claimed: by time, then by digest, then by the text
// of the name, because one time can be written in two ways.
func (id ID) Compare(other ID) int {
	if c := cmp.Compare(id.time, other.time); c != 0 {
		return c
	}
	if c := bytes.Compare(id.digest[:], other.digest[:]); c != 0 {
		return c
	}
	return strings.Compare(id.base, other.base)
}

// State is the state of an entry, which its file's extension gives.
type State uint8

const (
	// Stray is a file that is not an entry: never opened, moved or removed.
	Stray State = iota
	// Ready entries, .pck, wait to be claimed.
	Ready
	// InFlight entries, .bak, have been claimed but not finished.
	InFlight
	// Preserved entries, .psv, are kept for a person to look at.
	Preserved
	// Temporary files, .pck.tmp, are being written, or were left by a crash.
	Temporary
)

var (
	stateNames = [...]string{"stray", "ready", "inflight", "preserved", "temporary"}
	extensions = [...]string{"", ".pck", ".bak", ".psv", ".pck.tmp"}
)

// String returns the state's name in options and JSON.
func (s State) String() string { return stateNames[s] }

// Ext returns the extension, with its dot, of files in that state. It is "" for [Stray].
func (s State) Ext() string { return extensions[s] }

// ParseState parses a name that String returns.
func ParseState(name string) (State, error) {
	for s, n := range stateNames {
		if n == name {
			return State(s), nil
		}
	}
	return Stray, fmt.Errorf("unknown state %q: the states are ready, inflight, preserved, temporary, stray", name)
}

// SplitName splits a file name into the [ID] of its entry and the state.
func SplitName(name string) (ID, State) {
	for s := Temporary; s > Stray; s-- {
		if base, ok := strings.CutSuffix(name, extensions[s]); ok {
			if id, err := ParseID(base); err == nil {
				return id, s
			}
			return ID{}, Stray
		}
	}
	return ID{}, Stray
}

// Name returns the file name of the entry in state s.
func (id ID) Name(s State) string { return id.base + extensions[s] }

// StateOfExt returns the state that a file name's extension gives, even if the rest is
// not a file base.
func StateOfExt(name string) State {
	for s := Temporary; s > Stray; s-- {
		if strings.HasSuffix(name, extensions[s]) {
			return s
		}
	}
	return Stray
}
