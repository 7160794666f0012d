package choose

import (
	"regexp"
	"slices"
	"strings"

	"switchboard/pkg/message"
)

// Size reports whether a file of that length meets the conditions on lengths.
func (c *Choice) Size(n int64) bool {
	return (c.Larger == nil || n > *c.Larger) && (c.Smaller == nil || n < *c.Smaller)
}

// Content reports whether an entry with that content meets the conditions on contents. It
// looks at the metadata before it looks at the header.
func (c *Choice) Content(m *message.Content) bool {
	switch {
	case m.Restores() < c.Restores,
		c.List != "" && !strings.EqualFold(m.List(), c.List),
		c.Origin != nil && !c.Origin.MatchString(m.WhichQueue()),
		!field(c.MessageID, m, "Message-ID"),
		!field(c.Subject, m, "Subject"),
		c.Sender != nil && !slices.ContainsFunc(m.Senders(), c.Sender.MatchString),
		c.Recipient != nil && !slices.ContainsFunc(m.AllRecipients(), c.Recipient.MatchString):
		return false
	}
	return true
}

// field reports whether a pattern is found in a header field.
func field(pattern *regexp.Regexp, m *message.Content, name string) bool {
	if pattern == nil {
		return true
	}
	value, _ := m.Decoded(name)
	return pattern.MatchString(value)
}
