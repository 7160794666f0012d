package deliver

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/pkg/queue"
	"switchboard/test/harness/smtpd"
)

// TestTakenAway checks that an entry whose claim another program ends does not end the run.
func TestTakenAway(t *testing.T) {
	t.Parallel()
	var q *queues
	q = newQueues(t, smtpd.Options{Script: func(s smtpd.Step) smtpd.Reply {
		claimed, _ := filepath.Glob(filepath.Join(q.root, "out", "*.bak"))
		if s.Verb == "DATA" && s.Connection == 1 && s.Mail == 1 {
			must(t, os.Remove(claimed[0]))
		}
		return smtpd.Reply{}
	}})
	reported := 0
	q.options.Report = func(err error) {
		if reported++; !errors.Is(err, queue.ErrState) {
			t.Error(err)
		}
	}
	q.put(addresses(mostRecipients + 1))
	q.put([]string{"a@x.example"})
	if err := q.run(); err != nil || reported != 1 || q.state() != "" || !strings.Contains(q.served(), "a@x.example") {
		t.Errorf("%v, %d reported, %.80s", err, reported, q.state())
	}
}

// TestNoDomain checks that an entry whose sender cannot be made stays, and ends the run.
func TestNoDomain(t *testing.T) {
	t.Parallel()
	q := newQueues(t, smtpd.Options{})
	q.options.Domain = ""
	q.put([]string{"a@x.example"})
	if err := q.run(); !errors.Is(err, ErrNeedsDomain) || q.state() != "out: a@x.example" {
		t.Errorf("%v, %s", err, q.state())
	}
}

// TestNotOutgoing checks that posts that wait for a list are not taken for messages to nobody,
// and that a queue of them is not emptied.
func TestNotOutgoing(t *testing.T) {
	t.Parallel()
	q := newQueues(t, smtpd.Options{})
	q.options.MaxFailures = 3
	for range 5 {
		q.post()
	}
	if err := q.run(); !errors.Is(err, ErrNotOutgoing) || q.state() != "bad preserved: ; bad preserved: ; out: ; out: ; out: " {
		t.Errorf("%v, %s", err, q.state())
	}
}
