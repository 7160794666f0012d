package deliver

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
	"switchboard/test/harness/smtpd"
)

// queues are real queues, with a server.
type queues struct {
	*testing.T
	root    string
	out     queue.Queue
	server  *smtpd.Server
	options Options
	// now is the time for the deliverer.
	now      time.Time
	outcomes []runner.Outcome
	outages  []error
}

func newQueues(t *testing.T, o smtpd.Options) *queues {
	t.Helper()
	q := &queues{T: t, root: t.TempDir(), server: smtpd.Start(t, o), now: time.Unix(1_700_000_000, 0)}
	var err error
	q.out, err = queue.Create(filepath.Join(q.root, "out"), queue.Options{NoSync: true})
	must(t, err)
	t.Cleanup(func() { q.out.Close() })
	server, err := ParseServer(q.server.URL)
	must(t, err)
	q.options = Options{
		Server: server, Domain: "lists.example.com", Report: func(err error) { t.Error(err) },
		Outage: func(err error) { q.outages = append(q.outages, err) },
		Retry: func() (queue.Queue, error) {
			retry, err := queue.Open(filepath.Join(q.root, "retry"), queue.Options{NoSync: true})
			if errors.Is(err, queue.ErrNotQueue) || err != nil {
				return nil, nil
			}
			t.Cleanup(func() { retry.Close() })
			return retry, nil
		},
	}
	return q
}

// put stores an entry for recipients, with more metadata.
func (q *queues) put(to []string, more ...message.Item) {
	q.Helper()
	list := make([]any, len(to))
	for i, name := range to {
		list[i] = name
	}
	q.post(append([]message.Item{{Key: "recips", Value: list}}, more...)...)
}

// post stores an entry with metadata.
func (q *queues) post(more ...message.Item) {
	q.Helper()
	items := append([]message.Item{{Key: "listname", Value: "staff"}}, more...)
	b := q.out.NewBatch(func(string) error { return nil })
	p, err := b.Create(queue.Metadata{Items: items})
	must(q, err)
	_, err = p.Write([]byte("From: anne@example.com\nSubject: The roof leaks\n\nWater!\n"))
	must(q, errors.Join(err, p.Commit(), b.Flush()))
}

// run makes one run.
func (q *queues) run() error {
	q.Helper()
	d := New(q.options)
	defer d.Close()
	d.now = func() time.Time { return q.now }
	_, err := runner.Run(context.Background(), q.out, runner.Options{
		Jobs: 1, MaxRestores: 3, Handler: d.Handle, Feed: d.Feed(q.out),
		Outcome: func(o runner.Outcome) error { q.outcomes = append(q.outcomes, o); return nil },
		Report:  q.options.Report,
	})
	return err
}

// state describes the queues: "retry: a@x b@x; shunt: c@x".
func (q *queues) state() string {
	q.Helper()
	var all []string
	for _, name := range []string{"out", "retry", "shunt", "bad"} {
		q.each(name, func(e *queue.Entry) {
			var to []string
			if groups, ok, _ := e.Content.TextGroups("undelivered"); ok {
				to = append(to, fmt.Sprintf("(%d)", groups.Len()))
			}
			list, _, err := e.Content.Texts("recips")
			must(q, err)
			for i := range list.Len() {
				to = append(to, list.At(i))
			}
			state := ""
			if e.State != queue.Ready {
				state = " " + e.State.String()
			}
			all = append(all, name+state+": "+strings.Join(to, " "))
		})
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// each reads the entries of a queue.
func (q *queues) each(name string, do func(*queue.Entry)) {
	q.Helper()
	dir, err := queue.Open(filepath.Join(q.root, name), queue.Options{})
	if err != nil {
		return
	}
	defer dir.Close()
	for file, err := range dir.Each() {
		must(q, err)
		if file.State == queue.Stray {
			continue
		}
		e, err := dir.Read(file.ID, file.State)
		must(q, err)
		do(e)
		e.Close()
	}
}

// served returns who was served, and how often if that is more than once.
func (q *queues) served() string {
	var all []string
	for name, n := range q.server.Got(func(smtpd.Mail) bool { return true }) {
		if n > 1 {
			name += fmt.Sprintf(" x%d", n)
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func answer(verb, text string) func(smtpd.Step) smtpd.Reply {
	return func(s smtpd.Step) smtpd.Reply {
		if s.Verb == verb {
			return smtpd.Reply{Text: text}
		}
		return smtpd.Reply{}
	}
}

// TestFates checks what becomes of an entry, by what the server says.
func TestFates(t *testing.T) {
	t.Parallel()
	three := []string{"a@x.example", "b@x.example", "c@x.example"}
	mixed := []string{"a@x.example", "450.b@x.example", "550.c@x.example"}
	passed := message.Item{Key: "deliver_until", Value: 1_600_000_000.0}
	for name, c := range map[string]struct {
		server  smtpd.Options
		to      []string
		more    []message.Item
		bounce  bool
		limit   int
		state   string
		served  string
		err     error
		outages int
	}{
		"taken":        {to: three, served: "a@x.example b@x.example c@x.example"},
		"nobody":       {to: []string{}},
		"put off":      {to: []string{"450.a@x.example", "b@x.example"}, state: "retry: 450.a@x.example", served: "b@x.example"},
		"552":          {to: []string{"552.a@x.example", "b@x.example"}, state: "retry: 552.a@x.example", served: "b@x.example"},
		"refused":      {to: []string{"550.a@x.example", "b@x.example"}, state: "shunt: 550.a@x.example", served: "b@x.example"},
		"mixed":        {to: mixed, state: "retry: 450.b@x.example; shunt: 550.c@x.example", served: "a@x.example"},
		"bounce":       {to: mixed, bounce: true, state: "retry: 450.b@x.example; shunt: 550.c@x.example", served: "a@x.example staff-bounces@lists.example.com"},
		"null sender":  {to: mixed, bounce: true, more: []message.Item{{Key: "envsender", Value: ""}}, state: "retry: 450.b@x.example; shunt: 550.c@x.example", served: "a@x.example"},
		"groups":       {to: three, more: []message.Item{{Key: "undelivered", Value: []any{[]any{"450.a@x.example"}, []any{"b@x.example"}}}}, state: "retry: (1) 450.a@x.example", served: "b@x.example"},
		"MAIL 450":     {server: smtpd.Options{Script: answer("MAIL", "450 no")}, to: three, state: "retry: a@x.example b@x.example c@x.example"},
		"MAIL 550":     {server: smtpd.Options{Script: answer("MAIL", "550 no")}, to: three, state: "shunt: a@x.example b@x.example c@x.example"},
		"DATA 450":     {server: smtpd.Options{Script: answer("DATA", "450 no")}, to: three, state: "retry: a@x.example b@x.example c@x.example"},
		"end 450":      {server: smtpd.Options{Script: answer("DOT", "450 no")}, to: three, state: "retry: a@x.example b@x.example c@x.example"},
		"end 554":      {server: smtpd.Options{Script: answer("DOT", "554 no")}, to: three, state: "shunt: a@x.example b@x.example c@x.example"},
		"MAIL 421":     {server: smtpd.Options{Script: answer("MAIL", "421 no")}, to: three, state: "retry: a@x.example b@x.example c@x.example"},
		"greeting 421": {server: smtpd.Options{Script: answer("CONNECT", "421 no")}, to: three, state: "out: a@x.example b@x.example c@x.example", outages: 1},
		"greeting 554": {server: smtpd.Options{Script: answer("CONNECT", "554 no")}, to: three, state: "out: a@x.example b@x.example c@x.example", err: ErrRejected},
		"MAIL 530":     {server: smtpd.Options{Script: answer("MAIL", "530 5.7.0 authenticate")}, to: three, state: "out: a@x.example b@x.example c@x.example", err: ErrRejected},
		"too many":     {server: smtpd.Options{MaxRecipients: 2}, to: three, served: "a@x.example b@x.example c@x.example"},
		"each":         {to: mixed, more: []message.Item{{Key: "verp", Value: true}}, state: "retry: 450.b@x.example; shunt: 550.c@x.example", served: "a@x.example"},
		"LMTP":         {server: smtpd.Options{LMTP: true}, to: mixed, state: "retry: 450.b@x.example; shunt: 550.c@x.example", served: "a@x.example"},
		"gave up":      {to: []string{"450.a@x.example"}, more: []message.Item{passed, {Key: "last_recip_count", Value: 1}}, state: "shunt: 450.a@x.example"},
		"no time":      {to: []string{"450.a@x.example"}, more: []message.Item{{Key: "last_recip_count", Value: 1}}, state: "retry: 450.a@x.example"},
		"progress":     {to: []string{"450.a@x.example"}, more: []message.Item{passed, {Key: "last_recip_count", Value: 2}}, state: "retry: 450.a@x.example"},
		"not due":      {to: three, more: []message.Item{{Key: "deliver_after", Value: 1_700_000_001.0}}, state: "out: a@x.example b@x.example c@x.example"},
		"due":          {to: []string{"a@x.example"}, more: []message.Item{{Key: "deliver_after", Value: 1_699_999_999.0}}, served: "a@x.example"},
		"no relay":     {server: smtpd.Options{Script: answer("RCPT", "554 5.7.1 relay access denied")}, to: three, limit: 1, state: "out: a@x.example b@x.example c@x.example", err: ErrRefusing},
		"unknown":      {server: smtpd.Options{Script: answer("RCPT", "550 5.1.1 no such user")}, to: three, limit: 1, state: "shunt: a@x.example b@x.example c@x.example"},
		"our sender":   {server: smtpd.Options{Script: answer("RCPT", "550 5.1.8 your domain is unknown")}, to: three, limit: 1, state: "out: a@x.example b@x.example c@x.example", err: ErrRefusing},
		"hostile":      {to: []string{"a@x.example>\r\nRSET", "b@x.example"}, state: "shunt: a@x.example>\r\nRSET", served: "b@x.example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := newQueues(t, c.server)
			q.options.Bounce, q.options.MaxFailures = c.bounce, c.limit
			q.put(c.to, c.more...)
			if err := q.run(); !errors.Is(err, c.err) {
				t.Errorf("error %v, want %v", err, c.err)
			}
			if got := q.state(); got != c.state {
				t.Errorf("left: %s\nwant: %s", got, c.state)
			}
			if got := q.served(); got != c.served {
				t.Errorf("served: %s\n  want: %s", got, c.served)
			}
			if len(q.outages) != c.outages {
				t.Errorf("outages: %v", q.outages)
			}
			if said := q.server.Complaints(); len(said) > 0 && !strings.Contains(name, "greeting") {
				t.Errorf("the server complains: %q", said)
			}
		})
	}
}

// TestRetryAgain checks when an entry that was put off is tried again: by the next run, then
// after an hour, and until deliver_until has passed.
func TestRetryAgain(t *testing.T) {
	t.Parallel()
	q := newQueues(t, smtpd.Options{})
	q.put([]string{"450.a@x.example", "b@x.example"})
	tries := func(want int) {
		t.Helper()
		must(t, q.run())
		if got := q.server.Steps("RCPT 450"); got != want {
			t.Errorf("at %v: tried %d times, want %d", q.now, got, want)
		}
	}
	tries(1)
	tries(2) // as Mailman's RetryRunner, which starts with all
	tries(2)
	q.now = q.now.Add(retryAfter - time.Second)
	tries(2)
	q.now = q.now.Add(2 * time.Second)
	tries(3)
	if got := q.state(); got != "retry: 450.a@x.example" {
		t.Error(got)
	}
	q.now = q.now.Add(giveUp)
	tries(4)
	if got := q.state(); got != "shunt: 450.a@x.example" {
		t.Error(got)
	}
	q.each("shunt", func(e *queue.Entry) {
		d, _ := e.Content.Delivery()
		if !d.GaveUp || len(d.Answers) != 1 || d.Answers[0].Recipients[0] != "450.a@x.example" || d.Server != q.server.URL {
			t.Errorf("%+v", d)
		}
	})
	if got := q.served(); got != "b@x.example" {
		t.Error(got)
	}
}

// TestConnections checks that entries share a connection, and that one which the server has
// closed puts nobody off.
func TestConnections(t *testing.T) {
	t.Parallel()
	q := newQueues(t, smtpd.Options{MaxMails: 2})
	for i := range 5 {
		q.put([]string{fmt.Sprintf("%d@x.example", i)})
	}
	must(t, q.run())
	if got := q.state(); got != "" || q.server.Connections() != 3 {
		t.Errorf("%d connections, left: %s", q.server.Connections(), got)
	}
}

// TestResume checks that a run goes on where the last one was stopped by the server.
func TestResume(t *testing.T) {
	t.Parallel()
	down := false
	mails := 0
	q := newQueues(t, smtpd.Options{Script: func(s smtpd.Step) smtpd.Reply {
		switch {
		case s.Verb == "CONNECT" && down:
			return smtpd.Reply{Text: "421 down"}
		case s.Verb == "MAIL":
			if mails++; mails == 2 {
				down = true
				return smtpd.Reply{Close: true}
			}
		}
		return smtpd.Reply{}
	}})
	list := addresses(1200)
	list[3], list[4] = "450.a@x.example", "550.b@x.example"
	q.put(list)
	must(t, q.run())
	if len(q.server.Mails()) != 1 || !strings.HasPrefix(q.state(), "out: ") {
		t.Fatalf("%d mails, %.50s", len(q.server.Mails()), q.state())
	}
	down = false
	must(t, q.run())
	if got := q.state(); got != "retry: 450.a@x.example; shunt: 550.b@x.example" {
		t.Error(got)
	}
	if served := q.served(); strings.Contains(served, " x") || len(strings.Fields(served)) != 1198 {
		t.Errorf("%d served: %.100s", len(strings.Fields(served)), served)
	}
}
