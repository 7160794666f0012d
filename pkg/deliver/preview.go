package deliver

import (
	"iter"
	"time"

	"switchboard/pkg/deliver/internal/plan"
	"switchboard/pkg/message"
)

// Preview is what would be sent for an entry.
type Preview struct {
	// After is when the entry is due. It may have passed, and is zero if the entry does not
	// say.
	After time.Time
	// Recipients yields the envelope sender and the address of each recipient, in order.
	Recipients iter.Seq2[string, string]
	// Undecorated says what Mailman would add to the message, "" if nothing.
	Undecorated string
}

// Look returns what would be sent for an entry. It opens no connection.
func Look(c *message.Content, domain string) (Preview, error) {
	p, err := plan.New(c, domain)
	if err != nil {
		return Preview{}, needsDomain(err)
	}
	a, err := resume(metadata{c}, p, p.Each)
	if err != nil {
		return Preview{}, err
	}
	all := func(yield func(sender, recipient string) bool) {
		for recipient := range p.Recipients(a.settled) {
			if !yield(p.Sender(recipient), recipient) {
				return
			}
		}
	}
	return Preview{p.After, all, p.Undecorated}, nil
}
