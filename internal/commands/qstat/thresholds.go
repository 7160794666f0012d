package qstat

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/urfave/cli/v2"

	"switchboard/internal/cmdline"
)

// limit is the figure at which a level begins, if it was given. err is set if the option's
// text is wrong: a monitor must get this in the plugin's line, not as a usage error.
type limit struct {
	given bool
	value float64
	err   error
}

// thresholds are the limits of one figure.
type thresholds struct{ warning, critical limit }

// level returns the level of a figure.
func (t thresholds) level(figure float64) int {
	switch {
	case t.critical.given && figure >= t.critical.value:
		return critical
	case t.warning.given && figure >= t.warning.value:
		return warning
	}
	return ok
}

// String returns the limits in the form of performance data.
func (t thresholds) String() string { return t.warning.String() + ";" + t.critical.String() }

func (l limit) String() string {
	if !l.given {
		return ""
	}
	return fmt.Sprintf("%.0f", l.value)
}

// check refuses a warning limit that is never reached before the critical one.
func (t thresholds) check(warning, critical string) error {
	if t.warning.given && t.critical.given && t.warning.value > t.critical.value {
		return cmdline.Usagef("%s must not be more than %s: critical comes after warning", warning, critical)
	}
	return nil
}

// thresholdError returns what is wrong with the options of a check.
func (o *options) thresholdError() error {
	return cmp.Or(o.ages.warning.err, o.ages.critical.err, o.counts.warning.err, o.counts.critical.err,
		o.ages.check("-w", "-c"), o.counts.check("--warning-count", "--critical-count"))
}

// given reports whether there is a limit.
func (t thresholds) given() bool { return t.warning.given || t.critical.given }

// ageFlag is an option that is an age's limit.
func ageFlag(l *limit, name, short, usage string) cli.Flag {
	return limitFlag(l, name, []string{short}, usage, func(text string) (float64, error) {
		d, err := cmdline.ReadDuration(text)
		if err != nil {
			return 0, cmdline.Usagef("option --%s: %w", name, err)
		}
		return d.Seconds(), nil
	})
}

// countFlag is an option that is a limit to the number of entries.
func countFlag(l *limit, name, usage string) cli.Flag {
	return limitFlag(l, name, nil, usage, func(text string) (float64, error) {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return 0, cmdline.Usagef("--%s: N must be a number of at least 1", name)
		}
		return float64(n), nil
	})
}

func limitFlag(l *limit, name string, short []string, usage string, read func(string) (float64, error)) cli.Flag {
	return &cli.GenericFlag{Name: name, Aliases: short, Destination: &limitValue{l, read}, Usage: usage}
}

// limitValue parses a limit. Set never fails: see limit.
type limitValue struct {
	into *limit
	read func(string) (float64, error)
}

func (v *limitValue) Set(text string) error {
	figure, err := v.read(text)
	*v.into = limit{true, figure, err}
	return nil
}

func (*limitValue) String() string { return "" }
