package qstat

import (
	"fmt"
	"strings"
	"time"

	"switchboard/internal/cmdline"
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

// worse returns the worse of two levels. Critical is worse than unknown: a queue that
// cannot be read must not hide a critical one.
func worse(a, b int) int {
	severity := [...]int{ok: 0, warning: 1, unknown: 2, critical: 3}
	if severity[b] > severity[a] {
		return b
	}
	return a
}

// monitor prints one line about all queues together and exits with its level.
func (s *stat) monitor() error {
	if err := s.thresholdError(); err != nil {
		return s.tell(unknown, cmdline.Printable(err.Error()))
	}
	operands, err := s.operands()
	if err != nil {
		return s.tell(unknown, cmdline.Printable(err.Error()))
	}
	w := &monitored{ages: s.ages, counts: s.counts, states: s.want.States}
	for _, operand := range operands {
		dir, _, err := s.c.Open(operand)
		if err == nil {
			err = w.add(dir, s.want.Slice)
		}
		if err != nil {
			w.failures = append(w.failures, cmdline.Printable(err.Error()))
		}
	}
	return s.tell(w.level(), w.text())
}

// tell prints the plugin's line and returns its status.
func (s *stat) tell(level int, text string) error {
	if err := s.c.Println(fmt.Sprintf("QUEUE %s - %s", levels[level], text)); err != nil {
		return err
	}
	return cmdline.Exit(level)
}

// monitored has what the plugin found out about all queues.
type monitored struct {
	ages, counts thresholds
	// states are the states whose entries are compared with the thresholds.
	states []queue.State
	// number counts the entries of all queues, by state, watched or not.
	number [queue.Temporary + 1]int
	oldest [queue.Temporary + 1]oldest
	// failures are the errors of queues that could not be read.
	failures []string
}

// oldest is the oldest entry in a state, and its queue.
type oldest struct {
	received time.Time
	queue    string
}

func (o oldest) age() time.Duration { return max(time.Since(o.received), 0) }

// add adds a queue.
func (w *monitored) add(dir queue.Queue, slice queue.Slice) error {
	n, err := dir.Count(slice)
	if err != nil {
		return err
	}
	for state, count := range n.ByState {
		w.number[state] += count
		received := n.Oldest[state]
		if o := &w.oldest[state]; !received.IsZero() && (o.queue == "" || received.Before(o.received)) {
			*o = oldest{received, dir.Path()}
		}
	}
	return nil
}

// entries returns the number of watched entries.
func (w *monitored) entries() int {
	n := 0
	for _, state := range w.states {
		n += w.number[state]
	}
	return n
}

// age returns the age of the oldest watched entry, in seconds.
func (w *monitored) age() float64 {
	age := 0.0
	for _, state := range w.states {
		if o := w.oldest[state]; o.queue != "" {
			age = max(age, o.age().Seconds())
		}
	}
	return age
}

func (w *monitored) level() int {
	level := ok
	if w.entries() > 0 {
		level = worse(w.ages.level(w.age()), w.counts.level(float64(w.entries())))
	}
	if len(w.failures) > 0 {
		level = worse(level, unknown)
	}
	return level
}

// stateWords has the names of the states for people.
var stateWords = [...]string{"stray", "ready", "in flight", "preserved", "temporary"}

// text returns the line: words for people, a bar, and the performance data.
func (w *monitored) text() string {
	var words, data []string
	data = append(data, fmt.Sprintf("age=%.0fs;%s;0", w.age(), w.ages))
	for _, state := range w.states {
		o := w.oldest[state]
		if o.queue == "" {
			continue
		}
		words = append(words, fmt.Sprintf("oldest %s %s in %s", stateWords[state], cmdline.FormatAge(o.age()), cmdline.Printable(o.queue)))
		if len(w.states) > 1 {
			data = append(data, fmt.Sprintf("age_%s=%.0fs;%s;0", state, o.age().Seconds(), w.ages))
		}
	}
	if w.entries() == 0 {
		words = append(words, "nothing "+w.watched())
	}
	shown := []queue.State{queue.Ready, queue.InFlight, queue.Preserved}
	for _, state := range w.states {
		if state == queue.Temporary || state == queue.Stray {
			shown = append(shown, state)
		}
	}
	for _, state := range shown {
		words = append(words, fmt.Sprintf("%d %s", w.number[state], stateWords[state]))
		data = append(data, fmt.Sprintf("%s=%d;;;0", state, w.number[state]))
	}
	data = append(data, fmt.Sprintf("entries=%d;%s;0", w.entries(), w.counts))
	words = append(words, w.failures...)
	// The first bar ends the text for people.
	return strings.ReplaceAll(strings.Join(words, ", "), "|", `\x7c`) + " | " + strings.Join(data, " ")
}

// watched names the states.
func (w *monitored) watched() string {
	var words []string
	for _, state := range w.states {
		words = append(words, stateWords[state])
	}
	return strings.Join(words, ", ")
}
