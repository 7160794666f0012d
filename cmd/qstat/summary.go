package main

import (
	"strconv"
	"time"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// summary prints one line per queue.
func (s *stat) summary(dir *queue.Dir) error {
	n, err := dir.Count(s.want.Slice)
	if err != nil {
		return err
	}
	if s.JSON {
		r := cmdline.Object{"queue": dir.Path()}
		for state, count := range n.ByState {
			r[queue.State(state).String()] = count
		}
		if n.ByState[queue.Ready] > 0 {
			r["oldest_ready"] = n.Oldest[queue.Ready]
		}
		if n.ByState[queue.InFlight] > 0 {
			r["oldest_inflight"] = n.Oldest[queue.InFlight]
		}
		return s.c.Object(r)
	}
	count := func(state queue.State) string { return strconv.Itoa(n.ByState[state]) }
	age := func(state queue.State, oldest time.Time) string {
		if n.ByState[state] == 0 {
			return "-"
		}
		return cmdline.FormatAge(time.Since(oldest))
	}
	return s.table.row(queueColumns, appendRow(nil, count(queue.Ready), count(queue.InFlight), count(queue.Preserved), count(queue.Temporary),
		count(queue.Stray), age(queue.Ready, n.Oldest[queue.Ready]), age(queue.InFlight, n.Oldest[queue.InFlight]),
		cmdline.Printable(dir.Path())))
}

// number prints the number of entries in the chosen states, and nothing else.
func (s *stat) number(dir *queue.Dir) error {
	n := 0
	if !s.want.Restricts() {
		counts, err := dir.Count(s.want.Slice)
		if err != nil {
			return err
		}
		for _, state := range s.want.States {
			n += counts.ByState[state]
		}
	} else if err := s.each(dir,
		func(_ *found, a *answer) error { a.record(); return nil },
		func([]byte) error { n++; return nil }); err != nil {
		return err
	}
	if s.JSON {
		return s.c.Object(cmdline.Object{"queue": dir.Path(), cmdline.StateWord(s.count.Value): n})
	}
	return s.c.Println(strconv.Itoa(n))
}
