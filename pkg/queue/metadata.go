package queue

import (
	"crypto/sha1"
	"hash"
	"math"

	"switchboard/pkg/message"
	"switchboard/pkg/pickle"
)

// Metadata is what an entry says about its message.
type Metadata struct {
	// Items are stored in this order. If two have the same key the later value
	// counts. Items whose key begins with an underscore are left out, as Mailman's
	// enqueue does. Every entry also gets version, _parsemsg and, for Mailman 2.1,
	// received_time.
	Items []message.Item
	// Received is the entry's place in the queue, in Unix seconds. If it is 0, the
	// place is that of the item received_time (for Mailman 2.1), or that of the
	// entry handed on, or the time of the call.
	Received float64
	// ID, if it is not zero, is the file base, which has the entry's place in the queue. An
	// entry is stored once under a given file base: if the queue has one with the same
	// message, in any state, it is that entry, and another message is [ErrConflict].
	ID ID
}

// added is how many items complete adds at most.
const added = 3

// complete returns the items of m with those that every entry has, and the time for the
// entry's name, which is received unless m has another one.
func (m Metadata) complete(d message.Dialect, received float64, parseMsg bool) ([]message.Item, float64) {
	if m.ID != (ID{}) {
		m.Received = m.ID.time
	}
	if m.Received != 0 {
		received = m.Received
	}
	at := make(map[string]int, len(m.Items))
	items := make([]message.Item, 0, len(m.Items)+added)
	set := func(key string, value any) {
		if i, ok := at[key]; ok {
			items[i].Value = value
			return
		}
		at[key] = len(items)
		items = append(items, message.Item{Key: key, Value: value})
	}
	for _, item := range m.Items {
		if len(item.Key) > 0 && item.Key[0] == '_' {
			continue
		}
		if item.Key == "received_time" && d == message.Mailman2 {
			if t, ok := Seconds(item.Value); ok && m.Received == 0 {
				received = t
			}
			continue
		}
		set(item.Key, item.Value)
	}
	if d == message.Mailman2 {
		set("received_time", received)
	}
	set("version", 3)
	set("_parsemsg", parseMsg)
	return items, received
}

// Seconds converts a value of received_time to Unix seconds. It returns false if the value
// is not a number, or does not fit into an entry's name.
func Seconds(v any) (float64, bool) {
	var t float64
	switch v := v.(type) {
	case float64:
		t = v
	case int:
		t = float64(v)
	case pickle.Float:
		t = float64(v)
	case pickle.Int:
		t = float64(v.Small)
	case interface{ Float64() (float64, error) }: // json.Number
		f, err := v.Float64()
		if err != nil {
			return 0, false
		}
		t = f
	default:
		return 0, false
	}
	return t, math.Abs(t) < maxTime && t != 0
}

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
	// given, if set, is the file base, whatever the message is.
	given ID
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
	if m.given != (ID{}) {
		return m.given
	}
	h, err := m.hash.(hash.Cloner).Clone()
	if err != nil {
		panic(err) // crypto/sha1 promises that it can
	}
	h.Write(pickle.Float(m.seq).AppendRepr([]byte(m.list)))
	var digest [sha1.Size]byte
	h.Sum(digest[:0])
	return NewID(m.at, digest)
}
