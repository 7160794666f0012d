package claims

import (
	"iter"
	"math"
	"slices"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

// Listing is a listing of the directory of which a cache can be made.
type Listing struct {
	cache *Cache
	// generation is that of the first cache since before the listing, or 0.
	generation uint64
	began      time.Time
}

// Begin must be called before the directory is read. From now on every entry that becomes
// ready is added to the queue's first cache, so that it is not missing if the listing has
// passed its place. If there is no first cache, and create is false, no cache can be made
// of this listing.
func (c *Cache) Begin(create bool) *Listing {
	l := &Listing{cache: c, began: c.dir.Now()}
	if c.missing && c.first() && !create {
		return l
	}
	empty := header{Generation: randomGeneration(), progress: progress{Reach: math.Float64bits(math.Inf(1))}}
	f, err := openFile(c.dir, Name)
	switch {
	case err == disk.ErrNotExist && create:
		if c.dir.ReplaceFile(Name, empty.marshal()) {
			c.missing = false
			l.generation = empty.Generation
		}
		return l
	case err != nil:
		return l
	}
	defer f.Close()
	// Several processes may list at once. All get what was added since the first of them
	// began, and the first to finish makes the cache. A slice joins the first cache even
	// if that has listed names, because those are not the slice's.
	if f.valid && math.IsInf(f.reach(), 1) && (f.Built == 0 || !c.first()) {
		l.generation = f.Generation
		return l
	}
	f.header = empty
	if f.write() {
		l.generation = empty.Generation
	}
	return l
}

// Found is what a listing has found.
type Found struct {
	// Oldest are the file bases of the oldest ready entries of the slice and their times,
	// in order, Count is their number, and Last the time of the last one. All means that
	// there are no others.
	Oldest iter.Seq2[[]byte, float64]
	Count  int
	Last   float64
	All    bool
	// Taken is how many of the first entries the caller keeps for itself.
	Taken int
	// Cost is that of the listing.
	Cost int
	// Before is the directory's Stat from before Begin, if it was read for the whole
	// queue and nothing is ready; otherwise it is zero.
	Before disk.Stat
}

// Put makes the cache. It reports whether it did.
func (l *Listing) Put(found Found) bool {
	if l.generation == 0 {
		return false
	}
	c := l.cache
	first, err := openFile(c.dir, Name)
	if err != nil {
		return false
	}
	defer first.Close()
	if !first.valid || first.Generation != l.generation || c.first() && first.Built != 0 {
		return false
	}
	tail := math.Inf(1)
	if !found.All {
		tail = found.Last
	}
	h := header{
		Generation: l.generation, Built: l.began.UnixNano(), Lasts: int64(l.lasts(found.Cost)),
		Count: uint64(found.Count), Tail: math.Float64bits(tail),
		progress: progress{Next: uint64(found.Taken)},
	}
	if st := found.Before; st.Size >= BigDirectory && l.began.Sub(st.ModTime) >= quiet {
		h.Changed = st.ModTime.UnixNano()
	}
	if !c.first() {
		records, ok := marshal(found.Oldest, found.Count)
		return ok && c.dir.ReplaceFile(c.name, slices.Concat(h.marshal(), make([]byte, listedAt-headerSize), records))
	}
	h.Added, h.Reach = first.Added, math.Float64bits(min(tail, first.reach()))
	first.header = h
	// The header comes last. A kill before that leaves a cache without a listing.
	return write(first, listedAt, found.Oldest, found.Count) && first.forgetLate() && first.write()
}

// lasts returns how long a cache is used. A slow disk counts, too.
func (l *Listing) lasts(cost int) time.Duration {
	return max(time.Duration(cost)*lifePerName, 100*l.cache.dir.Now().Sub(l.began))
}

// forgetLate removes the added entries that are later than the first cache reaches.
func (f *file) forgetLate() bool {
	added, ok := f.readAdded()
	early := slices.DeleteFunc(slices.Clone(added), func(e Entry) bool { return !(e.Time <= f.reach()) })
	return ok && (len(early) == len(added) || f.writeAdded(0, early))
}
