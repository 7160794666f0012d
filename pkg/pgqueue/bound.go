package pgqueue

import (
	"math"
	"sync"
	"time"

	"switchboard/pkg/queue"
)

// key is the place of an entry in its queue. Entries are claimed in the order of their keys.
type key struct {
	received float64
	digest   []byte
}

func keyOf(id queue.ID) key {
	digest := id.Digest()
	return key{id.Seconds(), digest[:]}
}

// first is before every entry.
var first = key{received: math.Inf(-1), digest: []byte{}}

// before returns a key just before k: a digest comes after each part of it.
func (k key) before() key { return key{k.received, k.digest[:len(k.digest)-1]} }

func (k key) less(other key) bool {
	if k.received != other.received {
		return k.received < other.received
	}
	return string(k.digest) < string(other.digest)
}

// bound remembers how far the queue has been claimed, and the next search begins there.
//
// A search from the beginning is slow if many entries were claimed lately: until nobody can
// see them any more and vacuum has removed them, their rows stay at the beginning of the
// index, and each search has to pass all of them. A backup or a report that takes an hour
// keeps all rows of that hour.
//
// Older entries come before the bound if somebody puts one back, moves one here, or stores one
// with an earlier time or while its clock is slow. A search from the beginning finds them. It
// is made every few seconds, when a notification says that there is such an entry, and when
// nothing was found.
type bound struct {
	mu sync.Mutex
	// at is the place after which the next search begins.
	at key
	// searched is when the last search from the beginning was.
	searched time.Time
	// back has the entries that were claimed and put back by this queue itself, by their
	// numbers.
	back map[int64]queue.ID
}

// How often to search from the beginning.
const (
	// searchEvery is how long an older entry waits at most while there are others.
	searchEvery = 5 * time.Second
	// searchAgain is how long a search that has found nothing is good for.
	searchAgain = time.Second
)

// forget has the next search begin at the beginning.
func (b *bound) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.searched = time.Time{}
}

// start returns the place after which to search, and whether that is the beginning.
func (b *bound) start(now time.Time) (at key, whole bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.searched) >= searchEvery || b.at.digest == nil {
		b.at, b.searched = first, now
	}
	return b.at, b.at.less(key{received: -math.MaxFloat64})
}

// again reports whether to search from the beginning after a search that has found nothing.
func (b *bound) again(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.searched) < searchAgain {
		return false
	}
	b.at, b.searched = first, now
	return true
}

// reached notes that there is nothing to claim up to at.
func (b *bound) reached(at key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = at
}

// putBack notes that this queue has made an entry ready again.
func (b *bound) putBack(number int64, id queue.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.back == nil {
		b.back = map[int64]queue.ID{}
	}
	b.back[number] = id
}

// sort returns the numbers of the entries put back for which skip is true, with their keys.
// The others can be claimed: the search begins before them, and they are forgotten.
func (b *bound) sort(at key, skip func(queue.ID) bool) (skipped map[int64]key, from key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for number, id := range b.back {
		k := keyOf(id)
		switch {
		case skip(id):
			if skipped == nil {
				skipped = map[int64]key{}
			}
			skipped[number] = k
		default:
			delete(b.back, number)
			if k = k.before(); k.less(at) {
				at = k
			}
		}
	}
	b.at = at
	return skipped, at
}
