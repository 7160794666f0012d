// Package choose says which entries of a queue a person means: by state, list, address,
// subject, age, size and more.
//
// Fill in a [Choice], and call [Choice.Each] for a queue. It reads no more than the choice
// needs: names first, then the file's length, then metadata and header, never the body. A
// caller that reads the entries anyway asks [Choice.Name] and then [Choice.Entry].
package choose

import (
	"regexp"
	"time"

	"switchboard/pkg/queue"
)

// Choice says which entries are chosen: those for which every condition holds. The zero
// Choice chooses nothing, because it has no state.
type Choice struct {
	// States are the states of the entries.
	States []queue.State
	// Slice is the part of the queue.
	Slice queue.Slice
	// Before and After limit the time in the entry's name. A zero time sets no limit.
	Before, After time.Time
	// Larger and Smaller limit the length of the file, in bytes. The length is not one of
	// them. nil sets no limit.
	Larger, Smaller *int64
	// Restores is how often an entry has been restored at least. 0 asks for nothing.
	Restores int
	// List is the name of the list, in any case. "" asks for nothing.
	List string
	// The patterns are found anywhere in the decoded text. nil asks for nothing. Sender and
	// Recipient look at each address of the header and the envelope, Origin at whichq.
	Sender, Recipient, Subject, MessageID, Origin *regexp.Regexp
}

// Restricts reports whether there is a condition besides the states and the slice. No stray
// meets one: it has no time, and nobody opens it.
func (c *Choice) Restricts() bool { return c.named() || c.Opens() }

// Opens reports whether the names are not enough to choose: [Choice.Entry] must be asked.
func (c *Choice) Opens() bool { return c.sized() || c.reads() }

// named reports whether a condition concerns the name, besides the slice.
func (c *Choice) named() bool { return !c.Before.IsZero() || !c.After.IsZero() }

// sized reports whether a condition concerns the file's length.
func (c *Choice) sized() bool { return c.Larger != nil || c.Smaller != nil }

// reads reports whether a condition concerns the content.
func (c *Choice) reads() bool {
	return c.Restores > 0 || c.List != "" || c.Sender != nil || c.Recipient != nil || c.Subject != nil ||
		c.MessageID != nil || c.Origin != nil
}

// Name returns a function that reports whether the name of an entry meets the conditions on
// names. It is nil if every name does.
func (c *Choice) Name() func(queue.ID) bool {
	inside := c.Slice.Filter()
	switch {
	case !c.named() && c.Slice.Count <= 1:
		return nil
	case !c.named():
		return inside
	}
	return func(id queue.ID) bool {
		at := id.Received()
		return inside(id) && (c.Before.IsZero() || at.Before(c.Before)) && (c.After.IsZero() || at.After(c.After))
	}
}
