package deliver

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"time"

	"switchboard/pkg/deliver/internal/client"
	"switchboard/pkg/deliver/internal/plan"
	"switchboard/pkg/deliver/internal/wire"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// Deliverer sends entries to one server.
type Deliverer struct {
	o           Options
	connections *connections
	outage      outage
	row         row
	totals      totals
	feeder      feeder
	now         func() time.Time
}

// New returns a Deliverer. It opens no connection.
func New(o Options) *Deliverer {
	if o.GiveUp == 0 {
		o.GiveUp = giveUp
	}
	d := &Deliverer{o: o, row: row{most: o.MaxFailures}, now: time.Now}
	d.connections = &connections{limit: mostRecipients, dial: d.dial}
	return d
}

func (d *Deliverer) dial(ctx context.Context) (session, error) {
	s, err := d.o.Server.Dial(ctx)
	if err != nil {
		return nil, err
	}
	d.outage.end()
	return s, nil
}

// Close closes the connections that no entry is using.
func (d *Deliverer) Close() { d.connections.close() }

// Totals returns how many recipients were taken, put off and refused so far.
func (d *Deliverer) Totals() Totals { return d.totals.get() }

// Sent is what runner.Outcome.Detail points to: how many recipients this claim settled.
type Sent struct {
	Totals
	// GaveUp means that the entry was tried for long enough.
	GaveUp bool
	// Undecorated says what Mailman would have added to the message, "" if nothing.
	Undecorated string
	// Apart is the path of the new entry for those who were refused, "" if the entry itself is
	// for them.
	Apart string
}

// Handle is the [runner.Handler]: it sends a claimed entry, and says what becomes of it.
func (d *Deliverer) Handle(ctx context.Context, claim *queue.Claim, next runner.Next) runner.Verdict {
	e := d.connections.begun(claim)
	if e == nil {
		var otherwise runner.Verdict
		if e, otherwise = d.open(claim); e == nil {
			return otherwise
		}
	}
	if e.attempt.left() > 0 {
		if err := e.send(ctx, next); err != nil {
			return e.stopped(err)
		}
	}
	return e.verdict()
}

// open reads what a claimed entry says. It returns a verdict if there is nothing to send.
func (d *Deliverer) open(claim *queue.Claim) (*entry, runner.Verdict) {
	p, err := plan.New(claim.Content, d.o.Domain)
	if errors.Is(err, plan.ErrNotOutgoing) && d.row.add(claim.ID) {
		return nil, runner.Verdict{Err: d.row.notOutgoing(claim.Path())}
	}
	if err != nil {
		return nil, runner.Verdict{Err: Named(claim.Path(), needsDomain(err))}
	}
	if p.After.After(d.now()) && !d.o.Named {
		return nil, runner.Verdict{Kind: runner.Deferred, Why: "not due before " + p.After.Format(time.RFC3339), Until: p.After}
	}
	a, err := resume(metadata{claim.Content}, p, p.Each)
	if err != nil {
		return nil, runner.Verdict{Err: Named(claim.Path(), err)}
	}
	if p.Len() == 0 && len(a.failed) == 0 {
		return nil, runner.Verdict{Kind: runner.Finished, Why: "no recipients", Detail: &Sent{}}
	}
	e := &entry{Deliverer: d, claim: claim, plan: p, attempt: a, keys: listKeys{p.Key, p.Grouped}}
	e.sent.Undecorated = p.Undecorated
	return e, runner.Verdict{}
}

// Named returns an error about the entry at path, with the remedy of err.
func Named(path string, err error) error {
	named := &queue.Error{Path: path, Err: err}
	if remedied, ok := errors.AsType[*queue.Error](err); ok {
		named.Err, named.Remedy = remedied.Err, remedied.Remedy
	}
	return named
}

// entry is one claimed entry.
type entry struct {
	*Deliverer
	claim   *queue.Claim
	plan    *plan.Plan
	attempt *attempt
	keys    listKeys
	// delivery is nil until the message has been read.
	delivery *delivery
	// first is the mail of its first transaction. It is nil unless that was prepared.
	first *client.Mail
	sent  Sent
	// said is what about returned.
	said *Entry
}

// send sends the entry to those who have no answer yet.
func (e *entry) send(ctx context.Context, next runner.Next) error {
	if err := e.read(); err != nil {
		return err
	}
	e.delivery.upcoming = e.upcoming(next)
	return e.delivery.send(ctx)
}

// read reads the message, unless that has been done.
func (e *entry) read() error {
	if e.delivery != nil {
		return nil
	}
	text, err := wire.Text(e.claim.Content)
	if err != nil {
		return bodyError{err}
	}
	e.delivery = &delivery{
		attempt: e.attempt, keys: e.keys, sender: e.plan.Sender, note: e.claim.Note, connections: e.connections, tell: e.tell,
		restored: e.claim.Content.Restores() > 0, drain: e.o.Drain,
		// SMTPUTF8 is only for addresses. Old mail has raw 8-bit fields, which no Mailman asked
		// for: servers pass these on, and refuse them if asked.
		mail: mail{size: text.Size, eightBit: text.EightBit, write: func(w io.Writer) error {
			_, err := text.WriteTo(w)
			return err
		}},
	}
	return nil
}

// tell counts and tells what a transaction has settled.
func (e *entry) tell(sender string, to []string, answers []client.Answer) {
	for i, a := range answers {
		f := fateOf(a)
		e.sent.add(f)
		e.totals.add(f)
		if e.o.Recipient != nil {
			e.o.Recipient(Recipient{Entry: e.about(), Sender: sender, Address: to[i], Fate: f, Code: a.Code, Answer: a.String()})
		}
	}
}

// about returns what the entry says about itself. It looks once.
func (e *entry) about() *Entry {
	if e.said == nil {
		content, path := e.claim.Content, e.claim.Path()
		e.said = &Entry{Path: path, Queue: filepath.Dir(path), List: content.List()}
		e.said.MessageID, _ = content.Decoded("Message-ID")
	}
	return e.said
}

// stopped is the verdict on an entry of which some recipients have no answer.
func (e *entry) stopped(err error) runner.Verdict {
	v := runner.Verdict{Kind: runner.Deferred, Detail: &e.sent}
	var noted notedError
	var body bodyError
	switch {
	case errors.Is(err, errStopped):
		v.Why = "stopped"
	case errors.As(err, &noted):
		// The last transaction has no record. If the entry were requeued, the same
		// recipients could get the message again and again, as long as the disk is full.
		// A restore is counted.
		v.Kind, v.Why = runner.Restored, "cannot note who got it: "+queue.Cause(noted.error).Error()
		switch {
		case errors.Is(err, queue.ErrState):
			// Another program has ended the claim, or changed the entry. That says nothing
			// about the others.
		case e.sent.Taken == 0:
			v.Kind, v.Err = "", noted.error
		default:
			v.Err = noted.error
		}
	case errors.As(err, &body):
		v.Kind, v.Err = "", Named(e.claim.Path(), body.error)
	default:
		err = explain(err)
		if v.Why = err.Error(); errors.Is(err, ErrRejected) {
			v.Kind, v.Err = "", err
		} else {
			began := false
			if v.Pause, began = e.outage.begin(e.now()); began && e.o.Outage != nil {
				e.o.Outage(err)
			}
		}
	}
	return v
}

// metadata is the metadata of an entry as a source.
type metadata struct{ content *message.Content }

func (m metadata) texts(key string) ([]string, error) {
	found, _, err := m.content.Texts(key)
	texts := make([]string, found.Len())
	for i := range texts {
		texts[i] = found.At(i)
	}
	return texts, err
}

func (m metadata) whole(key string) (int, bool, error) { return m.content.Count(key) }
