package main

import (
	"strconv"
	"time"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// summary prints one line per queue.
func summary(c *cmdline.Context, dir *queue.Dir, t *table) error {
	slice, err := c.Slice()
	if err != nil {
		return err
	}
	n, err := dir.Count(slice)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		r := cmdline.Object{"queue": dir.Path()}
		for s, count := range n.ByState {
			r[queue.State(s).String()] = count
		}
		if n.ByState[queue.Ready] > 0 {
			r["oldest_ready"] = n.Oldest[queue.Ready]
		}
		if n.ByState[queue.InFlight] > 0 {
			r["oldest_inflight"] = n.Oldest[queue.InFlight]
		}
		return c.Object(r)
	}
	count := func(s queue.State) string { return strconv.Itoa(n.ByState[s]) }
	age := func(s queue.State, oldest time.Time) string {
		if n.ByState[s] == 0 {
			return "-"
		}
		return cmdline.FormatAge(time.Since(oldest))
	}
	return t.row(queueColumns, count(queue.Ready), count(queue.InFlight), count(queue.Preserved), count(queue.Temporary),
		count(queue.Stray), age(queue.Ready, n.Oldest[queue.Ready]), age(queue.InFlight, n.Oldest[queue.InFlight]),
		cmdline.Printable(dir.Path()))
}

// count prints the number of entries in the chosen states, and nothing else.
func (ch *choice) count(c *cmdline.Context, dir *queue.Dir, _ *table) error {
	n := 0
	if ch.before.IsZero() && ch.list == "" {
		counts, err := dir.Count(ch.slice)
		if err != nil {
			return err
		}
		for _, state := range ch.states {
			n += counts.ByState[state]
		}
	} else if err := ch.each(c, dir, func(*found) error { n++; return nil }); err != nil {
		return err
	}
	if c.Bool("json") {
		return c.Object(cmdline.Object{"queue": dir.Path(), c.String("count"): n})
	}
	return c.Println(strconv.Itoa(n))
}
