package qrun

import (
	"errors"
	"fmt"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// show prints outcomes: on standard error those that a person should know of and, with
// --json, all of them on standard output.
type show struct {
	*options
	c        *cmdline.Context
	queue    string
	progress *cmdline.Progress
	n        int
	// broken means that standard output cannot be written.
	broken bool
}

func (o *options) newShow(c *cmdline.Context, queue string) *show {
	s := &show{options: o, c: c, queue: queue}
	if !o.Verbose {
		s.progress = c.Progress("handled")
	}
	return s
}

// outcome prints one outcome. If the JSON cannot be written, the error ends the run,
// because the reader must not miss an event.
func (s *show) outcome(o runner.Outcome) error {
	s.n++
	s.progress.Count(s.n)
	if s.Verbose && o.Kind != runner.Finished || isNews(o) {
		s.c.Warn(&queue.Error{Path: o.From, Err: errors.New(o.Why)})
	}
	if !s.JSON || s.broken {
		return nil
	}
	err := s.c.Object(o.Event(s.queue))
	if err == nil {
		err = s.c.Flush()
	}
	s.broken = err != nil
	return err
}

// isNews reports whether to print an outcome even without -v.
func isNews(o runner.Outcome) bool {
	switch o.Kind {
	case runner.Finished, runner.Deferred:
		return false
	case runner.Kept:
		return o.Exit.Signal != nil || o.Exit.TimedOut
	}
	return true
}

// end prints the totals of a run.
func (s *show) end(t runner.Totals) {
	s.progress.Done()
	switch {
	case s.Verbose:
		s.c.Note(fmt.Sprintf("%d finished, %d requeued, %d shunted, %d restored, %d preserved",
			t.Finished, t.Deferred+t.Kept, t.Shunted, t.Restored, t.Preserved))
	case t.Left && !s.wait:
		s.c.Warn(&queue.Error{Path: s.queue, Err: errors.New("stopped; entries are left for another run")})
	case t.Waiting > 0 && !s.wait:
		s.c.Warn(&queue.Error{Path: s.queue, Err: fmt.Errorf("%d requeued, for another run to try", t.Waiting)})
	}
}

// mapStatus returns the exit status of an error.
func mapStatus(err error) int {
	switch {
	case errors.Is(err, runner.ErrFailing):
		return cmdline.Unavailable
	case errors.Is(err, runner.ErrNoCopy):
		return cmdline.TempFail
	}
	return cmdline.Status(err)
}

// status returns the exit status of a run that was not ended by an error: that of the worst
// thing that happened to an entry.
func status(t runner.Totals) error {
	switch {
	case t.Waiting > 0, t.Left:
		return cmdline.Exit(cmdline.TempFail)
	case t.Shunted > 0 || t.Preserved > 0:
		return cmdline.Exit(cmdline.DataError)
	}
	return nil
}
