package deliver

import (
	"context"
	"errors"
	"io"

	"switchboard/pkg/deliver/internal/client"
	"switchboard/pkg/message"
)

// mostRecipients is how many recipients a transaction has. RFC 5321 makes servers take 100;
// Postfix takes 1000. It is what Mailman 2.1 and 3 have, too.
const mostRecipients = 500

// delivery sends one entry.
type delivery struct {
	*attempt
	keys   listKeys
	mail   mail
	sender func(recipient string) string
	// note writes settings into the entry. They are durable when it returns.
	note        func(...message.Setting) error
	connections *connections
	// restored means that an earlier attempt has ended before its time: it crashed, or could
	// not write its record.
	restored bool
	// drain is done when no more transactions should begin. It may be nil.
	drain context.Context
	// connection is the one in use, nil if there is none.
	connection *connection
	// upcoming returns the entry whose first transaction comes after the last one of this, or nil
	// if that is not known. It may be nil.
	upcoming func(limit int) *entry
	// tell is called with the recipients that a transaction has settled.
	tell func(sender string, to []string, answers []client.Answer)
}

// mail is the message for the wire.
type mail struct {
	size     int64
	eightBit bool
	write    func(io.Writer) error
}

// errStopped means that the run ends.
var errStopped = errors.New("stopped")

// notedError is the failure to write the record.
type notedError struct{ error }

func (e notedError) Unwrap() error { return e.error }

// send sends transaction after transaction until each recipient has an answer. It stops early
// if the server cannot be reached, the run ends, or the record cannot be written. The entry
// then has a record of all transactions but the one whose record could not be written.
//
// The order of the steps: the record of a transaction is durable before the next one begins.
// If it came later, a kill would repeat two. The last transaction needs no record: the entry
// is finished or moved next, which says the same.
func (d *delivery) send(ctx context.Context) error {
	defer d.keep()
	defer d.attempt.close()
	if d.left() > d.limit() {
		// If the record cannot be written, because the disk is full, this must come to
		// light before anybody got the message: otherwise the same recipients would get
		// it again at each try. If that has happened, a short record shows too little: the
		// disk may have room for it, but not for the list.
		record := d.attempt.note
		if d.restored && d.record.begun {
			record = d.writeList
		}
		if err := d.note(record(d.keys)...); err != nil {
			return notedError{err}
		}
	}
	for d.left() > 0 {
		if ctx.Err() != nil || d.drain != nil && d.drain.Err() != nil {
			return errStopped
		}
		sender, to, answers, err := d.transact(ctx)
		if err != nil {
			return err
		}
		n := d.settle(to, answers)
		d.tell(sender, to[:n], answers[:n])
		if d.left() == 0 {
			return nil
		}
		if err := d.note(d.attempt.note(d.keys)...); err != nil {
			return notedError{err}
		}
	}
	return nil
}

// limit returns how many recipients the next transaction may have.
func (d *delivery) limit() int {
	switch {
	case d.each:
		return 1
	case d.connection != nil:
		return d.connection.limit
	}
	return d.connections.limit
}

// transact makes one transaction. An error means that nobody got the message: there is no
// connection, or the run ends.
//
// A connection that has been used before may have been closed by the server since. If the
// transaction fails with it before the server can have taken the message, it is repeated with
// a new connection. If that one is lost, too, the recipients are put off: the server may be
// losing connections because of this message, and others wait.
func (d *delivery) transact(ctx context.Context) (sender string, to []string, answers []client.Answer, err error) {
	for fresh := false; ; fresh = true {
		if err := d.connect(ctx, fresh); err != nil {
			if ctx.Err() != nil {
				err = errStopped
			}
			return "", nil, nil, err
		}
		to = d.next(d.limit())
		// After a panic, nobody knows what state the connection is in.
		c := d.connection
		d.connection = nil
		m := d.message(to)
		var then *entry
		if d.upcoming != nil && len(to) == d.left() {
			if then = d.upcoming(c.limit); then != nil {
				m.Next = then.first
			}
		}
		sender = m.From
		answers, err = c.Send(ctx, m)
		used := c.used
		c.used = true
		c.learn(answers)
		if err == nil && !leaves(answers) {
			d.connection, c.begun = c, then
			return sender, to, answers, nil
		}
		c.Close()
		var failed *client.Error
		switch {
		case errors.As(err, &failed) && failed.Kind == client.BodyFailed:
			return "", nil, nil, bodyError{failed.Err}
		case mayBeTaken(answers):
			return sender, to, answers, nil
		case failed != nil && aboutUs(failed.Kind):
			return "", nil, nil, err
		case ctx.Err() != nil:
			return "", nil, nil, errStopped
		case fresh, err == nil && !used:
			return sender, to, answers, nil
		}
	}
}

// message returns the mail of a transaction.
func (d *delivery) message(to []string) client.Mail {
	return client.Mail{From: d.sender(to[0]), To: to, Size: d.mail.size, EightBit: d.mail.eightBit, Write: d.mail.write}
}

// bodyError means that the message cannot be read.
type bodyError struct{ error }

func (e bodyError) Unwrap() error { return e.error }

// aboutUs reports whether an error says that the server does not want to talk to us, whatever
// the message.
func aboutUs(k client.Kind) bool {
	return k == client.AuthFailed || k == client.TLSFailed || k == client.RefusedForGood
}

// leaves reports whether the server has said that it closes the connection.
func leaves(answers []client.Answer) bool {
	for _, a := range answers {
		if a.Code == 421 {
			return true
		}
	}
	return false
}

// mayBeTaken reports whether the server has, or may have, taken the message for somebody.
func mayBeTaken(answers []client.Answer) bool {
	for _, a := range answers {
		if a.Taken() || a.Stage == client.StageEnd || a.Stage == client.StageUnknown {
			return true
		}
	}
	return false
}

// connect sees to it that there is a connection.
func (d *delivery) connect(ctx context.Context, fresh bool) (err error) {
	switch {
	case d.connection != nil:
		return nil
	case fresh:
		d.connection, err = d.connections.fresh(ctx)
	default:
		d.connection, err = d.connections.get(ctx)
	}
	return err
}

// keep leaves the connection to the next entry.
func (d *delivery) keep() {
	if d.connection != nil {
		d.connections.put(d.connection)
		d.connection = nil
	}
}
