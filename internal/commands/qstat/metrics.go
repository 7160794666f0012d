package qstat

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
)

// metrics prints the numbers of all queues in Prometheus' text format. A queue that cannot be
// read is a metric, too, and not a failure: a script that keeps the output only if the status
// is 0 would otherwise keep old numbers of all queues.
func (s *stat) metrics() error {
	// A broken configuration is a failure: the queues are not known.
	if _, err := s.c.Config(); err != nil {
		return err
	}
	operands, err := s.operands()
	if err != nil {
		return err
	}
	var (
		e     exposition
		wrong error
	)
	err = s.c.Operands(operands, func() {}, func(operand string) {
		if cmdline.EntryName(operand) {
			wrong = cmp.Or(wrong, cmdline.Usagef("%s: --metrics needs a QUEUE, not an entry", operand))
			return
		}
		dir, settings, err := s.c.Open(operand)
		var n queue.Counts
		if err == nil {
			n, err = dir.Count(s.want.Slice)
		}
		if err != nil {
			s.c.Warn(err)
		}
		e.add(cmp.Or(settings.Path, operand), n, err == nil)
	})
	if err = cmp.Or(err, wrong); err != nil {
		return err
	}
	return s.c.Print(e.text())
}

// exposition gathers samples by their metric, because the format wants those of a metric
// together.
type exposition struct {
	seen                map[string]bool
	entries, oldest, up bytes.Buffer
}

// add adds a queue. A queue that is named twice is added once: two samples with the same
// labels make the whole text invalid.
func (e *exposition) add(path string, n queue.Counts, up bool) {
	label := label(path)
	if e.seen[label] {
		return
	}
	if e.seen == nil {
		e.seen = make(map[string]bool)
	}
	e.seen[label] = true
	value := 0
	if up {
		value = 1
		for _, state := range []queue.State{queue.Ready, queue.InFlight, queue.Preserved, queue.Temporary, queue.Stray} {
			fmt.Fprintf(&e.entries, "switchboard_queue_entries{queue=\"%s\",state=\"%s\"} %d\n", label, state, n.ByState[state])
			if !n.Oldest[state].IsZero() {
				fmt.Fprintf(&e.oldest, "switchboard_queue_oldest_timestamp_seconds{queue=\"%s\",state=\"%s\"} %s\n", label, state, timestamp(n.Oldest[state]))
			}
		}
	}
	fmt.Fprintf(&e.up, "switchboard_queue_up{queue=\"%s\"} %d\n", label, value)
}

// text returns all that was added. A metric without samples is left out.
func (e *exposition) text() []byte {
	var text bytes.Buffer
	for _, metric := range []struct {
		name, help string
		samples    *bytes.Buffer
	}{
		{"switchboard_queue_entries", "Files of the queue in each state.", &e.entries},
		{"switchboard_queue_oldest_timestamp_seconds", "When the oldest entry in the state was received, by its name.", &e.oldest},
		{"switchboard_queue_up", "Whether the queue could be read.", &e.up},
	} {
		if metric.samples.Len() > 0 {
			fmt.Fprintf(&text, "# HELP %s %s\n# TYPE %s gauge\n", metric.name, metric.help, metric.name)
			text.Write(metric.samples.Bytes())
		}
	}
	return text.Bytes()
}

// label returns a path as a label's value. The format allows UTF-8 only, and other bytes are
// written as in tables.
func label(path string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(cmdline.Printable(path))
}

// timestamp returns a time in seconds since 1970.
func timestamp(t time.Time) string {
	return strconv.FormatFloat(float64(t.UnixMicro())/1e6, 'f', -1, 64)
}
