package qstat

import (
	"strconv"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
)

// summary prints one line per queue. If they are to be sorted, it only keeps the line.
func (s *stat) summary(dir queue.Queue) error {
	if !s.sorts() && s.full() {
		return nil
	}
	n, err := dir.Count(s.want.Slice)
	if err != nil {
		return err
	}
	record := s.queueRow(dir, n)
	if !s.sorts() {
		return s.printQueue(record)
	}
	s.sorter.add(queueRank(s.key, dir.Path(), n, s.sorter.added), record)
	return nil
}

// printQueue prints the line of a queue.
func (s *stat) printQueue(record []byte) error {
	s.shown++
	if s.JSON {
		return s.c.Line(record)
	}
	return s.table.row(queueColumns, record)
}

// queueRow makes the line of a queue.
func (s *stat) queueRow(dir queue.Queue, n queue.Counts) []byte {
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
		return r.Append(nil)
	}
	count := func(state queue.State) string { return strconv.Itoa(n.ByState[state]) }
	return appendRow(nil, count(queue.Ready), count(queue.InFlight), count(queue.Preserved), count(queue.Temporary),
		count(queue.Stray), oldestAge(n, queue.Ready), oldestAge(n, queue.InFlight), cmdline.Printable(dir.Path()))
}

// oldestAge returns the age of the oldest entry in a state.
func oldestAge(n queue.Counts, state queue.State) string {
	if n.ByState[state] == 0 {
		return "-"
	}
	return age(n.Oldest[state])
}

// queueRank returns the place of a queue. place is that of its operand.
func queueRank(key, path string, n queue.Counts, place int) rank {
	r := rank{tie: float64(place)}
	oldest := func(state queue.State) {
		r.unknown, r.number = n.ByState[state] == 0, float64(n.Oldest[state].UnixMicro())
	}
	switch key {
	case "":
	case "queue":
		r.text = path
	case "oldest-ready":
		oldest(queue.Ready)
	case "oldest-inflight":
		oldest(queue.InFlight)
	default:
		if state, err := queue.ParseState(key); err == nil {
			r.number = -float64(n.ByState[state])
		}
	}
	return r
}

// number prints the number of entries in the chosen states, and nothing else.
func (s *stat) number(dir queue.Queue) error {
	n := 0
	if !s.want.Restricts() {
		counts, err := dir.Count(s.want.Slice)
		if err != nil {
			return err
		}
		for _, state := range s.want.States {
			n += counts.ByState[state]
		}
	} else if err := s.each(in(dir, s.files(dir)),
		func(_ *found, a *answer) error { a.record(); return nil },
		func([]byte) error { n++; return nil }); err != nil {
		return err
	}
	if s.JSON {
		return s.c.Object(cmdline.Object{"queue": dir.Path(), cmdline.StateWord(s.count.Value): n})
	}
	return s.c.Println(strconv.Itoa(n))
}
