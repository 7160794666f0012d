package main

import (
	"cmp"
	"fmt"
	"time"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// The statuses of a monitoring plugin, by the Monitoring Plugins Development
// Guidelines.
const (
	ok = iota
	warning
	critical
	unknown
)

var levels = [...]string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}

// monitor is one line on the oldest ready entry of all queues, and its status.
func (ch *choice) monitor(c *cmdline.Context) error {
	warn, warns, err := c.Duration("warning")
	crit, crits, critErr := c.Duration("critical")
	if err = cmp.Or(err, critErr); err == nil && warns && crits && warn > crit {
		err = cmdline.Usagef("-w is no more than -c: critical comes after warning")
	}
	if err != nil {
		return tell(c, unknown, cmdline.Printable(err.Error()))
	}
	level, text := ch.assess(c, func(age time.Duration) int {
		switch {
		case crits && age >= crit:
			return critical
		case warns && age >= warn:
			return warning
		}
		return ok
	})
	return tell(c, level, text)
}

// tell is the plugin's line and its status.
func tell(c *cmdline.Context, level int, text string) error {
	if err := c.Println(fmt.Sprintf("QUEUE %s - %s", levels[level], text)); err != nil {
		return err
	}
	return cmdline.Exit(level)
}

func (ch *choice) assess(c *cmdline.Context, rate func(time.Duration) int) (int, string) {
	operands := c.Args().Slice()
	if len(operands) == 0 {
		var err error
		if operands, err = configured(c); err != nil {
			return unknown, cmdline.Printable(err.Error())
		}
	}
	var (
		oldest          time.Time
		where           string
		ready, inFlight int
		perf            string
		seconds         float64
	)
	for _, operand := range operands {
		dir, _, err := c.Open(operand)
		if err != nil {
			return unknown, cmdline.Printable(err.Error())
		}
		n, err := dir.Count(ch.slice)
		if err != nil {
			return unknown, cmdline.Printable(err.Error())
		}
		ready += n.ByState[queue.Ready]
		inFlight += n.ByState[queue.InFlight]
		if n.ByState[queue.Ready] > 0 && (oldest.IsZero() || n.OldestReady.Before(oldest)) {
			oldest, where = n.OldestReady, dir.Path()
		}
	}
	text := "nothing ready"
	level := ok
	if !oldest.IsZero() {
		age := time.Since(oldest)
		seconds = max(age.Seconds(), 0)
		level = rate(age)
		text = fmt.Sprintf("oldest ready %s in %s", cmdline.FormatAge(age), cmdline.Printable(where))
	}
	perf = fmt.Sprintf("age=%.0fs;%s;%s;0 ready=%d;;;0 inflight=%d;;;0", seconds, limit(c, "warning"), limit(c, "critical"), ready, inFlight)
	return level, fmt.Sprintf("%s, %d ready, %d in flight | %s", text, ready, inFlight, perf)
}

// limit is a threshold as performance data has it: in seconds, or nothing.
func limit(c *cmdline.Context, name string) string {
	d, given, err := c.Duration(name)
	if !given || err != nil {
		return ""
	}
	return fmt.Sprintf("%.0f", d.Seconds())
}
