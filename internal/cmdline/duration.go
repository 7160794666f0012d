package cmdline

import (
	"fmt"
	"strconv"
	"time"

	"switchboard/pkg/duration"
)

// durationWord stands for a duration in help.
const durationWord = "D"

// ReadDuration reads a duration: numbers with one unit each, such as 90s or 1h30m. The
// error names the value.
func ReadDuration(s string) (time.Duration, error) {
	d, err := duration.Parse(s)
	if err != nil {
		return 0, fmt.Errorf("%s %w", durationWord, err)
	}
	return d, nil
}

// FormatAge writes a duration as people say it, in one unit.
func FormatAge(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < 2*time.Minute:
		return strconv.Itoa(int(d/time.Second)) + "s"
	case d < 2*time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + "d"
}
