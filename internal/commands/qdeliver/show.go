package qdeliver

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/deliver"
	"switchboard/pkg/journal"
	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// show prints what happens: on standard error what a person should know of and, with --json,
// all of it on standard output. Recipients come from several goroutines.
type show struct {
	*options
	c        *cmdline.Context
	server   string
	began    time.Time
	progress *cmdline.Progress

	mu sync.Mutex
	// all are the totals of all runs so far, entries and people those that are shown.
	all                     runner.Totals
	entries, people, failed int
	// apart is how many entries for refused recipients were stored in the shunt queue beside
	// those that moved there.
	apart int
	// reported means that an error was reported.
	reported bool
	// broken is the error of standard output.
	broken error
	// queue is the path of the queue of the run, or of the last one.
	queue string
}

func (o *options) newShow(c *cmdline.Context) *show {
	s := &show{options: o, c: c, began: time.Now()}
	if !o.Verbose {
		s.progress = c.Progress("messages")
	}
	return s
}

// recipient prints what became of a recipient.
func (s *show) recipient(r deliver.Recipient) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people++
	if r.Fate == deliver.Refused {
		s.failed++
	}
	s.count()
	if s.Verbose {
		s.c.Note(fmt.Sprintf("%s: %s %s: %s", r.Entry.Path, r.Address, inWords[r.Fate], r.Answer))
	}
	s.log(r)
	if !s.JSON {
		return
	}
	event := cmdline.Object{
		"entry": r.Entry.Path, "queue": r.Entry.Queue, "event": string(r.Fate), "recipient": r.Address, "sender": r.Sender,
		"server": s.server, "answer": r.Answer,
	}
	if r.Code != 0 {
		event["code"] = r.Code
	}
	s.print(event)
}

var inWords = map[deliver.Fate]string{deliver.Taken: "taken", deliver.PutOff: "put off", deliver.Refused: "refused"}

var inLog = map[deliver.Fate]journal.Fate{
	deliver.Taken: journal.WasSent, deliver.PutOff: journal.WasPutOff, deliver.Refused: journal.WasRefused,
}

// log writes the line of a recipient.
func (s *show) log(r deliver.Recipient) {
	s.c.LogDelivery(journal.Delivery{
		Fate: inLog[r.Fate], Entry: r.Entry.Path, List: r.Entry.List, MessageID: r.Entry.MessageID,
		Sender: r.Sender, Recipient: r.Address, Server: s.server, Answer: r.Answer,
	})
}

// outcome prints what became of an entry. If the JSON cannot be written, the error ends the
// run, because the reader must not miss an event.
func (s *show) outcome(o runner.Outcome) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries++
	s.count()
	sent, ok := o.Detail.(*deliver.Sent)
	if !ok {
		sent = &deliver.Sent{}
	}
	if sent.Apart != "" {
		s.apart++
		o.Why += "; those who were refused: stored in " + sent.Apart
	}
	if isNews(o.Kind) || sent.Refused > 0 || s.Verbose && o.Why != "" {
		s.c.Warn(&queue.Error{Path: o.From, Err: errors.New(o.Why)})
	}
	if s.Verbose && sent.Taken > 0 && sent.Undecorated != "" {
		s.c.Note(fmt.Sprintf("%s: sent without %s, which Mailman adds while it sends", o.From, sent.Undecorated))
	}
	if s.JSON {
		event := cmdline.Object(o.Event(s.queue))
		event["taken"], event["deferred"], event["refused"] = sent.Taken, sent.PutOff, sent.Refused
		if sent.Apart != "" {
			event["refused_to"] = sent.Apart
		}
		if sent.GaveUp {
			event["gave_up"] = true
		}
		s.print(event)
	}
	return s.broken
}

// isNews reports whether to print an outcome even without -v.
func isNews(k runner.Kind) bool {
	return k == runner.Shunted || k == runner.Restored || k == runner.Preserved
}

// print prints an event.
func (s *show) print(event cmdline.Object) {
	if s.broken != nil {
		return
	}
	if s.broken = s.c.Object(event); s.broken == nil {
		s.broken = s.c.Flush()
	}
}

// outage says that a server is not available, or is again.
func (s *show) outage(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.c.Warn(err)
}

// report reports an error after which the work goes on.
func (s *show) report(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reported = true
	s.c.Report(err)
}

// count shows the progress.
func (s *show) count() {
	if s.progress == nil {
		return
	}
	rate := float64(s.people) / max(time.Since(s.began).Seconds(), 1)
	s.progress.Describe(fmt.Sprintf("messages, %d recipients, %d refused, %.0f/s", s.people, s.failed, rate))
	s.progress.Count(s.entries)
}

// add adds the totals of a run.
func (s *show) add(t runner.Totals) {
	s.all.Finished += t.Finished
	s.all.Deferred += t.Deferred
	s.all.Retried += t.Retried
	s.all.Shunted += t.Shunted
	s.all.Restored += t.Restored
	s.all.Preserved += t.Preserved
	s.all.Waiting += t.Waiting
	s.all.Left = s.all.Left || t.Left
}

// totals prints the totals.
func (s *show) totals(sent deliver.Totals) {
	s.progress.Done()
	t := s.all
	switch {
	case s.Verbose:
		s.c.Note(fmt.Sprintf("recipients: %d taken, %d put off, %d refused; entries: %d finished, %d put off, %d requeued, %d shunted, %d restored, %d preserved",
			sent.Taken, sent.PutOff, sent.Refused, t.Finished, t.Retried, t.Deferred, t.Shunted+s.apart, t.Restored, t.Preserved))
	case s.wait:
	case t.Left:
		s.c.Warn(&queue.Error{Path: s.queue, Err: errors.New("stopped; entries are left for another run")})
	case t.Retried+t.Waiting > 0:
		s.c.Warn(&queue.Error{Path: s.queue, Err: fmt.Errorf("%d put off, for another run to try", t.Retried+t.Waiting)})
	}
}
