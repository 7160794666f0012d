package qstat

import (
	"math"
	"strconv"
	"time"

	"switchboard/pkg/queue"
)

// flow is how many entries came to a queue and left it lately.
type flow struct {
	// last and before are the two latest snapshots, nil if there are fewer.
	last, before *queue.Snapshot
	at           time.Time
	// moves are those of the last minute, the latest at the end.
	moves []moves
}

// moves are the entries that came and left between two snapshots, and the time between them.
type moves struct {
	came, left int
	in         time.Duration
}

// rateSpan is the time that rates are taken from.
const rateSpan = time.Minute

// add adds a snapshot that was taken at a time.
func (f *flow) add(s *queue.Snapshot, at time.Time) {
	if f.before != nil {
		m := moves{in: at.Sub(f.at)}
		m.came, m.left = s.Since(f.last, f.before)
		f.moves = append(f.moves, m)
		for f.span() > rateSpan && len(f.moves) > 1 {
			f.moves = f.moves[1:]
		}
	}
	f.before, f.last, f.at = f.last, s, at
}

// span returns the time that the rates are of.
func (f *flow) span() (sum time.Duration) {
	for _, m := range f.moves {
		sum += m.in
	}
	return sum
}

// rates returns how many entries a minute came and left, or "-" as long as nothing is known.
func (f *flow) rates() (came, left string) {
	var c, l int
	for _, m := range f.moves {
		c += m.came
		l += m.left
	}
	span := f.span()
	if span <= 0 {
		return "-", "-"
	}
	perMinute := func(n int) string { return strconv.Itoa(int(math.Round(float64(n) / span.Minutes()))) }
	return perMinute(c), perMinute(l)
}
