package message

import (
	"math"

	"switchboard/pkg/pickle"
)

// Restores is _bak_count; 0 when it is absent, negative or no integer.
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

// List is the metadata's listname or listid, "" if neither is there. Mailman 3's
// 8-bit bytes are bytes, as in all strings that methods of Content return.
func (c *Content) List() string {
	if s := c.text("listname"); s != "" {
		return s
	}
	return c.text("listid")
}

// WhichQueue is the metadata's whichq, the queue that the entry came from: a
// path (Mailman 2.1) or a name (Mailman 3), "" if it isn't there.
func (c *Content) WhichQueue() string { return c.text("whichq") }

// MovingTo is the path of the queue that the entry was last being moved to on another
// filesystem, "" if it was not: see package queue.
func (c *Content) MovingTo() string { return c.text("_moving_to") }

// textLimit is the longest metadata value that text returns.
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
	return pickle.Simplify(v)
}
