package main

import (
	"cmp"
	"fmt"
	"strconv"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// limit is a figure from which on a level is reached, if it was given.
type limit struct {
	given bool
	value float64
}

// thresholds are the limits of one figure.
type thresholds struct{ warning, critical limit }

// level is that of a figure.
func (t thresholds) level(figure float64) int {
	switch {
	case t.critical.given && figure >= t.critical.value:
		return critical
	case t.warning.given && figure >= t.warning.value:
		return warning
	}
	return ok
}

// String writes the limits as performance data has them.
func (t thresholds) String() string { return t.warning.String() + ";" + t.critical.String() }

func (l limit) String() string {
	if !l.given {
		return ""
	}
	return fmt.Sprintf("%.0f", l.value)
}

// check refuses limits of which the warning could never be seen.
func (t thresholds) check(warning, critical string) error {
	if t.warning.given && t.critical.given && t.warning.value > t.critical.value {
		return cmdline.Usagef("%s must not be more than %s: critical comes after warning", warning, critical)
	}
	return nil
}

// newWatch reads the options of a check.
func newWatch(c *cmdline.Context, states []queue.State) (*watch, error) {
	w := &watch{states: states}
	var errs [4]error
	w.ages.warning, errs[0] = age(c, "warning")
	w.ages.critical, errs[1] = age(c, "critical")
	w.counts.warning, errs[2] = count(c, "warning-count")
	w.counts.critical, errs[3] = count(c, "critical-count")
	return w, cmp.Or(errs[0], errs[1], errs[2], errs[3],
		w.ages.check("-w", "-c"), w.counts.check("--warning-count", "--critical-count"))
}

func age(c *cmdline.Context, option string) (limit, error) {
	d, given, err := c.Duration(option)
	return limit{given, d.Seconds()}, err
}

func count(c *cmdline.Context, option string) (limit, error) {
	if !c.IsSet(option) {
		return limit{}, nil
	}
	n, err := strconv.Atoi(c.String(option))
	if err != nil || n < 1 {
		return limit{}, cmdline.Usagef("--%s: N must be a number of at least 1", option)
	}
	return limit{true, float64(n)}, nil
}
