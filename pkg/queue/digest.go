package queue

import (
	"crypto/sha1"
	"hash"
	"math"

	"switchboard/pkg/message"
	"switchboard/pkg/pickle"
)

// marker makes file bases: SHA-1 over the message pickle, the list and the
// time of the enqueue, as Mailman's Switchboard does.
type marker struct {
	hash hash.Hash
	list string
	// at is the time in the name, seq the one in the digest.
	at, seq float64
	// one says that these are always the same: in Mailman 3, not in Mailman
	// 2.1, where a message that keeps its place in the queue gets a new name.
	one bool
}

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

func (m *marker) Write(p []byte) (int, error) { return m.hash.Write(p) }

// next is another name for the same place, as far as a float can tell.
func (m *marker) next() ID {
	m.seq = math.Nextafter(m.seq, math.Inf(1))
	if m.one {
		m.at = m.seq
	}
	return m.id()
}

// id is the name for what has been written so far.
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
