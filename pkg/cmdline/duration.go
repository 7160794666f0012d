package cmdline

import (
	"strconv"
	"time"

	"github.com/urfave/cli/v2"
)

// parseDuration reads 90s, 15m, 2h or 7d; a number alone is seconds.
func parseDuration(s string) (time.Duration, error) {
	unit := time.Second
	digits := s
	if n := len(s); n > 0 {
		switch s[n-1] {
		case 's':
			digits = s[:n-1]
		case 'm':
			unit, digits = time.Minute, s[:n-1]
		case 'h':
			unit, digits = time.Hour, s[:n-1]
		case 'd':
			unit, digits = 24*time.Hour, s[:n-1]
		}
	}
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil || !(v >= 0 && v*float64(unit) < 1<<62) {
		return 0, Usagef("%q is no duration (90s, 15m, 2h, 7d)", s)
	}
	return time.Duration(v * float64(unit)), nil
}

// DurationFlag makes an option that takes a duration.
func DurationFlag(name, short, usage string) cli.Flag {
	f := &cli.StringFlag{Name: name, Usage: usage}
	if short != "" {
		f.Aliases = []string{short}
	}
	return f
}

// Duration is the value of such an option, and whether it was given.
func (c *Context) Duration(name string) (time.Duration, bool, error) {
	if !c.IsSet(name) {
		return 0, false, nil
	}
	d, err := parseDuration(c.String(name))
	return d, true, err
}

// FormatAge is a duration as people say it, in one unit.
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
