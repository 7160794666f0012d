// Package duration reads durations as people write them: 90s, 15m, 1h30m, 7d, 2w.
// switchboard(7) describes the form.
package duration

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Examples explains the form in help and in errors.
const Examples = "90s, 15m, 1h30m, 7d, 2w"

// units are the units of a duration, the largest first.
var units = []struct {
	letter byte
	is     time.Duration
}{
	{'w', 7 * 24 * time.Hour}, {'d', 24 * time.Hour}, {'h', time.Hour}, {'m', time.Minute}, {'s', time.Second},
}

// Parse reads numbers with one unit each, such as 90s or 1h30m. Each unit comes
// at most once, and larger ones come first, so that a slip (1m30h) is refused. The last
// number may have a fraction. A number without a unit is an error, except for 0,
// because some tools take it for seconds and others for minutes or days. The error can
// follow the name of an option or a key.
func Parse(s string) (time.Duration, error) {
	if s == "0" {
		return 0, nil
	}
	var sum uint64
	rest, next := s, 0
	for rest != "" {
		n := digits(rest)
		number, fraction := rest[:n], ""
		if rest = rest[n:]; n > 0 && strings.HasPrefix(rest, ".") {
			n = digits(rest[1:])
			fraction, rest = rest[1:1+n], rest[1+n:]
			if n == 0 {
				return 0, notDuration(s)
			}
		}
		if number == "" {
			return 0, notDuration(s)
		}
		if rest == "" {
			if next == 0 {
				return 0, fmt.Errorf("has no unit: %q; for seconds write %ss", s, s)
			}
			return 0, notDuration(s)
		}
		for next < len(units) && units[next].letter != rest[0] {
			next++
		}
		if rest = rest[1:]; next == len(units) || fraction != "" && rest != "" {
			return 0, notDuration(s)
		}
		part, ok := times(number, fraction, uint64(units[next].is))
		if sum += part; !ok || sum > math.MaxInt64 {
			return 0, fmt.Errorf("is too long: %q; the longest is 290 years", s)
		}
		next++
	}
	if s == "" {
		return 0, notDuration(s)
	}
	return time.Duration(sum), nil
}

func notDuration(s string) error {
	return fmt.Errorf("is not a duration: %q; write it like %s", s, Examples)
}

// digits returns how many decimal digits a text begins with.
func digits(s string) int {
	return len(s) - len(strings.TrimLeft(s, "0123456789"))
}

// times returns a decimal number of units in nanoseconds, and whether that is in range.
func times(number, fraction string, unit uint64) (uint64, bool) {
	n, err := strconv.ParseUint(number, 10, 63)
	if err != nil {
		return 0, false
	}
	high, low := bits.Mul64(n, unit)
	if high != 0 || low > math.MaxInt64 {
		return 0, false
	}
	part := float64(0)
	if fraction != "" {
		part, _ = strconv.ParseFloat("0."+fraction, 64)
	}
	return low + uint64(part*float64(unit)), true
}
