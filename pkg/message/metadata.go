package message

import (
	"math"

	"switchboard/pkg/pickle"
)

const (
	// CountKey is the metadata key in which Mailman counts restores.
	CountKey = "_bak_count"
	// WhichQueueKey is the metadata key for the queue that an entry came from.
	WhichQueueKey = "whichq"
	// MovingToKey is the metadata key for the queue on another filesystem that an
	// entry is being moved to. Mailman has no such key, and drops it when it enqueues
	// the message again.
	MovingToKey = "_moving_to"
	// MovingFromKey is the metadata key for the queue that the entry left in that move.
	// Mailman drops it, too.
	MovingFromKey = "_moving_from"
)

// Restores returns the metadata's _bak_count, or 0 if it is absent, negative or not
// an integer.
func (c *Content) Restores() int {
	n, ok := c.meta.Get(CountKey).(pickle.Int)
	switch {
	case !ok:
		return 0
	case n.Big != nil:
		if n.Big.Sign() < 0 {
			return 0
		}
		return math.MaxInt32
	}
	return int(min(max(n.Small, 0), math.MaxInt32))
}

// List returns the metadata's listname or listid, or "" if it has neither. Like all
// strings that methods of Content return, it has the 8-bit bytes that Mailman 3
// escapes.
func (c *Content) List() string {
	if s := c.text("listname"); s != "" {
		return s
	}
	return c.text("listid")
}

// WhichQueue returns the metadata's whichq, the queue that the entry came from: a
// path (Mailman 2.1) or a name (Mailman 3). It returns "" if there is none.
func (c *Content) WhichQueue() string { return c.text(WhichQueueKey) }

// MovingTo returns the path of the queue on another filesystem that the entry was
// last being moved to, or "". See package switchboard/pkg/queue.
func (c *Content) MovingTo() string { return c.text(MovingToKey) }

// MovingFrom returns the path of the queue that the entry left in that move, or "".
func (c *Content) MovingFrom() string { return c.text(MovingFromKey) }

// textLimit is the longest metadata value, in bytes, that text returns.
const textLimit = 64 << 10

func (c *Content) text(key string) string {
	s, ok := c.meta.Get(key).(*pickle.String)
	if !ok || s.Len() > textLimit {
		return ""
	}
	b, err := stringBytes(s, textLimit)
	if err != nil {
		return ""
	}
	return string(b)
}

// Value returns the metadata value of key, or nil.
func (c *Content) Value(key string) pickle.Value {
	v := c.meta.Get(key)
	if v == nil {
		return nil
	}
	pickle.Unpack(v)
	return pickle.Simplify(v)
}

// Has reports whether the metadata has a key. Unlike [Content.Value] it makes nothing of a
// long list.
func (c *Content) Has(key string) bool { return c.meta.Get(key) != nil }

// allMetadata returns the metadata without [pickle.Texts].
func (c *Content) allMetadata() []pickle.Pair {
	pickle.Unpack(c.meta)
	return c.meta.Pairs
}
