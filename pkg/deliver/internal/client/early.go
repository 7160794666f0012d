package client

import "slices"

// A server that offers PIPELINING gets the commands of the next mail, up to DATA, together with
// the end of the text of this one, which RFC 2920 allows in section 3.1. So a mail takes one round
// trip and not two.
//
// Nobody gets anything until the text follows, and it does once the caller knows what became of
// the mail before. If it never follows, the connection must be cut: after DATA, even QUIT would be
// a text.

// early appends the commands of the next mail to the end of a text, unless something about that
// mail has to be looked at first, or the commands may not have room on the way.
func (t *transaction) early(out []byte) []byte {
	if t.m.Next == nil || !t.l.pipelining || t.patient {
		return out
	}
	next := &transaction{Session: t.Session, l: t.l, m: *t.m.Next, answers: make([]Answer, len(t.m.Next.To))}
	if !checkAddresses(next.m, next.answers) || !checkFeatures(next.m, t.l.features, next.answers) || next.total() > roomy {
		return out
	}
	if slices.ContainsFunc(next.answers, func(a Answer) bool { return a.Stage != StageNone }) {
		return out
	}
	for k := mail; k <= next.data(); k++ {
		out = next.append(out, k)
	}
	t.l.begun = t.m.Next
	return out
}

// total returns how many bytes the commands have, at most.
func (t *transaction) total() (size int) {
	for k := mail; k <= t.data(); k = t.after(k) {
		size += t.size(k)
	}
	return size
}

// begins reports whether m has the commands of other. Before the text, a server cannot tell one
// from the other.
func (m *Mail) begins(other *Mail) bool {
	return m.From == other.From && slices.Equal(m.To, other.To) && m.Size == other.Size && m.EightBit == other.EightBit
}
