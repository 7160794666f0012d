package queue

import (
	"crypto/sha1"
	"hash"
	"math"

	"switchboard/pkg/message"
	"switchboard/pkg/pickle"
)

// marker computes the file base of a new entry, as Mailman's Switchboard does: a time, and
// the SHA-1 of the message's pickle, the list's name and a time. The pickle is written to
// the marker.
type marker struct {
	hash hash.Hash
	list string
	// at is the time in the name, seq the time in the digest.
	at, seq float64
	// one means that at and seq are always equal, as in Mailman 3. In Mailman 2.1 a
	// message that keeps its place in the queue gets a new seq, and so a new name.
	one bool
}

// newMarker returns the marker of an entry with the place received in the queue that is
// stored at now, both in Unix seconds.
func newMarker(d message.Dialect, items []message.Item, received, now float64) marker {
	m := marker{hash: sha1.New(), list: "--nolist--", at: received, seq: now}
	key := "listname"
	if d == message.Mailman3 {
		key, m.one, m.seq = "listid", true, received
	}
	for _, item := range items {
		if item.Key != key {
			continue
		}
		switch v := item.Value.(type) {
		case string:
			m.list = v
		case *pickle.String:
			if text, ok := v.Short(); ok {
				m.list = string(text)
			}
		}
	}
	return m
}

// Write adds bytes of the pickle. It never fails.
func (m *marker) Write(p []byte) (int, error) { return m.hash.Write(p) }

// next returns another file base for the same place in the queue. If both times must be
// equal, the place moves to the next time that a float can hold.
func (m *marker) next() ID {
	m.seq = math.Nextafter(m.seq, math.Inf(1))
	if m.one {
		m.at = m.seq
	}
	return m.id()
}

// id returns the file base for the bytes written so far.
func (m *marker) id() ID {
	h, err := m.hash.(hash.Cloner).Clone()
	if err != nil {
		panic(err) // crypto/sha1 promises that it can
	}
	h.Write(pickle.Float(m.seq).AppendRepr([]byte(m.list)))
	var digest [sha1.Size]byte
	h.Sum(digest[:0])
	return NewID(m.at, digest)
}
