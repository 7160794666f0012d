package plan

import (
	"fmt"
	"iter"
	"time"

	"switchboard/pkg/message"
)

// The metadata keys of recipients. Mailman 2.1 has RecipsKey for all and UndeliveredKey for
// the groups of those who are left. Mailman 3 has RecipientsKey.
const (
	RecipsKey      = "recips"
	RecipientsKey  = "recipients"
	UndeliveredKey = "undelivered"
)

// ErrNotOutgoing is the error for an entry whose metadata has none of these keys. Mailman has
// them in each entry that it wants sent, if only for nobody. A post that waits for the list to
// work on it has none, and an outgoing runner would delete it.
var ErrNotOutgoing = fmt.Errorf("%w: metadata has no recipients, as an outgoing message has", message.ErrMalformed)

// Plan says who gets the message of an entry, and from whom. It is valid as long as the
// Content that it was made from.
type Plan struct {
	// Key is the metadata key that Mailman reads the recipients from. Whoever changes who
	// is left writes it.
	Key string
	// Grouped says that the recipients are those of UndeliveredKey, which wins over Key. It
	// has to be written, too: as a list of lists.
	Grouped bool
	// Each says that every recipient needs a transaction of their own.
	Each bool
	// Until is when Mailman gives up, and After is before when it does not try again. They
	// are zero if the entry does not say.
	Until, After time.Time
	// LastCount is how many recipients were left when the entry was last put off, or 0.
	LastCount int
	// Undecorated says what Mailman would add to the message of this entry while sending,
	// for a person to read. It is empty if that is nothing. Errors-To and Sender, which
	// Mailman 2.1 sets on every message, are not mentioned.
	Undecorated string

	texts  message.Texts
	twice  bitmap
	len    int
	sender string
	verp   bool
}

// New reads the metadata of an entry. Domain is where Mailman's lists are, which the
// metadata of Mailman 2.1 does not say; it may be empty. If a domain is needed and there is
// none, the error is [ErrNeedsDomain]. If the metadata does not make sense, the error is
// [message.ErrMalformed] and names the key.
//
// A Plan without recipients has nothing to send. Mailman is done with such an entry. If the
// metadata does not even have a key for them, the error is [ErrNotOutgoing].
func New(c *message.Content, domain string) (*Plan, error) {
	p := &Plan{Key: keyOf(c)}
	err := p.readRecipients(c)
	switch {
	case err != nil:
		return nil, err
	case !c.Has(p.Key) && !c.Has(UndeliveredKey):
		return nil, ErrNotOutgoing
	case p.len == 0:
		return p, nil
	}
	if p.Until, _, err = c.Instant("deliver_until"); err != nil {
		return nil, err
	}
	if p.After, _, err = c.Instant("deliver_after"); err != nil {
		return nil, err
	}
	if p.LastCount, _, err = c.Count("last_recip_count"); err != nil {
		return nil, err
	}
	if p.sender, err = sender(c, p.Key, domain); err != nil {
		return nil, err
	}
	p.Each = each(c, p.Key)
	p.verp = p.Each && c.Truth("verp") && p.sender != ""
	p.Undecorated = undecorated(c, p)
	return p, nil
}

// keyOf returns the key of the recipients. It says whose rules hold, too: an entry of
// Mailman 2.1 that was moved to a Mailman 3 has kept its metadata.
func keyOf(c *message.Content) string {
	key, other := RecipsKey, RecipientsKey
	if c.Dialect() == message.Mailman3 {
		key, other = other, key
	}
	if !c.Has(key) && c.Has(other) {
		return other
	}
	return key
}

// each reports whether Mailman would send a copy of its own to each recipient.
func each(c *message.Content, key string) bool {
	if key == RecipientsKey {
		return c.Truth("verp")
	}
	// Messages to owners have personalize set to 0, which turns off verp.
	if c.Has("personalize") {
		return c.Truth("personalize")
	}
	return c.Truth("verp")
}

// undecorated returns what Mailman would add.
func undecorated(c *message.Content, p *Plan) string {
	if c.Truth("isdigest") || c.Truth("nodecorate") {
		return ""
	}
	switch {
	case p.Each:
		return "the list's header and footer for each recipient"
	case p.Key == RecipsKey && c.Truth("decorated"):
		return ""
	}
	return "the list's header and footer"
}

// readRecipients finds the recipients.
func (p *Plan) readRecipients(c *message.Content) (err error) {
	p.texts, p.Grouped, err = c.TextGroups(UndeliveredKey)
	if err == nil && !p.Grouped {
		p.texts, _, err = c.Texts(p.Key)
	}
	if err == nil {
		p.twice, p.len = repeated(p.texts)
	}
	return err
}

// Len returns how many recipients there are.
func (p *Plan) Len() int { return p.len }

// Recipients returns the recipients in the order of the entry, without the first from of
// them. The order is the same whenever the entry is read. Each comes once.
func (p *Plan) Recipients(from int) iter.Seq[string] {
	return func(yield func(string) bool) {
		n := 0
		for i := range p.texts.Len() {
			if p.twice.has(i) {
				continue
			}
			if n++; n > from && !yield(p.texts.At(i)) {
				return
			}
		}
	}
}
