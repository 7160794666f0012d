package queue

import (
	"hash/maphash"
	"iter"
	"slices"
)

// Snapshot says which entries were in a queue at one time, in whatever state: ready, in
// flight or preserved.
type Snapshot struct {
	Counts Counts
	// bases has a hash of each file base, sorted. Eight bytes for an entry are enough: two
	// of a million entries have the same hash once in tens of millions of listings.
	bases []uint64
}

// seed is secret, so nobody can choose file bases that have the same hash.
var seed = maphash.MakeSeed()

// Snapshot reads the names of the entries of a slice.
func (d *Dir) Snapshot(s Slice) (*Snapshot, error) {
	var snap Snapshot
	note := func(state State, base []byte) {
		if state != Temporary {
			snap.bases = append(snap.bases, maphash.Bytes(seed, base))
		}
	}
	c, old, err := d.count(s, nil, note)
	if err == nil && old != nil {
		snap.bases = snap.bases[:0]
		c, _, err = d.count(s, old, note)
	}
	if err != nil {
		return nil, err
	}
	snap.Counts = c
	slices.Sort(snap.bases)
	snap.bases = slices.Compact(snap.bases) // a conflict has two files
	return &snap, nil
}

// NewSnapshot makes a snapshot of another kind of queue from its counts and the file bases of
// the entries that they count, each once.
func NewSnapshot(c Counts, entries iter.Seq[ID]) *Snapshot {
	snap := &Snapshot{Counts: c}
	for id := range entries {
		snap.bases = append(snap.bases, maphash.String(seed, id.base))
	}
	slices.Sort(snap.bases)
	return snap
}

// Since returns how many entries came to the queue and how many left it. It takes two
// earlier snapshots: last, and before, which is the earlier one. A directory that is read
// while a file in it is renamed may show neither name, so an entry that is missing from last
// alone has neither left nor come. An entry that came and left between two snapshots is not
// counted.
func (s *Snapshot) Since(last, before *Snapshot) (came, left int) {
	return without(s.bases, last.bases, before.bases), without(before.bases, last.bases, s.bases)
}

// without counts those of a that are neither in b nor in c. All are sorted.
func without(a, b, c []uint64) (n int) {
	for _, h := range a {
		for len(b) > 0 && b[0] < h {
			b = b[1:]
		}
		for len(c) > 0 && c[0] < h {
			c = c[1:]
		}
		if (len(b) == 0 || b[0] != h) && (len(c) == 0 || c[0] != h) {
			n++
		}
	}
	return n
}
