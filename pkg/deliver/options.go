package deliver

import (
	"context"
	"time"

	"switchboard/pkg/deliver/internal/client"
	"switchboard/pkg/queue"
)

// Options are the settings of a [Deliverer].
type Options struct {
	// Server is the server that takes the mail.
	Server *Server
	// Domain is the domain of Mailman's lists, for entries that do not say it. It may be
	// empty: see [ErrNeedsDomain].
	Domain string
	// GiveUp is how long recipients who are put off are tried again; 0 means 5 days.
	GiveUp time.Duration
	// Bounce stores a notice to the sender about those who were refused.
	Bounce bool
	// MaxFailures ends the run once every recipient of that many entries in a row was
	// refused; 0 means no limit.
	MaxFailures int
	// Named sends an entry even if it is not due.
	Named bool
	// Slice is the part of the queue that is run. Feed leaves the others alone.
	Slice queue.Slice
	// Drain, unless nil, ends the sending between two transactions of an entry when it is
	// done. The next run goes on there.
	Drain context.Context
	// Retry opens the retry queue, for Feed. It returns nil if there is none.
	Retry func() (queue.Queue, error)
	// Recipient, unless nil, is called once a transaction has settled a recipient. Several
	// goroutines may call it at a time.
	Recipient func(Recipient)
	// Outage, unless nil, is called when the server turns out not to be available, with the reason.
	// Several goroutines may call it at a time.
	Outage func(error)
	// Report is called with errors after which the work goes on, on the goroutine of the run.
	Report func(error)
}

// giveUp is Mailman's DELIVERY_RETRY_PERIOD.
const giveUp = 5 * 24 * time.Hour

// Recipient is what became of one recipient in a transaction.
type Recipient struct {
	// Entry is the entry.
	Entry *Entry
	// Sender is the envelope sender, "" for the null sender.
	Sender, Address string
	Fate            Fate
	// Code is the code of the server's answer, 0 if there was none. Answer is all of it, or
	// why there was none.
	Code   int
	Answer string
}

// Entry is what an entry says about itself.
type Entry struct {
	// Path is its path in flight, Queue that of its queue.
	Path, Queue string
	// List is the name of its list, MessageID that field of its header, each "" if it has
	// none.
	List, MessageID string
}

// Fate is what the server did with a recipient.
type Fate string

const (
	// Taken means that the server has the message for this recipient.
	Taken Fate = "taken"
	// PutOff means that it did not take it now.
	PutOff Fate = "deferred"
	// Refused means that it never will.
	Refused Fate = "refused"
)

func fateOf(a client.Answer) Fate {
	switch {
	case a.Taken():
		return Taken
	case a.Permanent():
		return Refused
	}
	return PutOff
}
