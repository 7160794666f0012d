package claims

import "switchboard/pkg/queue/internal/disk"

// Hint is what a cache offers to a claimer.
type Hint struct {
	// Listed are the next entries of the listing, in order.
	Listed []Entry
	// Added are the entries that have become ready since, of all slices, in no order.
	Added []Entry
}

// Taken is what a claimer takes of a Hint.
type Taken struct {
	// Listed is how many of the listed entries are taken, or passed over for good.
	Listed int
	// Added are the places of those taken in Hint.Added.
	Added map[int]bool
}

// Take offers the next n listed entries and all that were added. choose takes some of
// them, while no other process can; it returns false to take none. ok is false if the
// cache is of no use. empty means that nothing is ready in the whole queue.
func (c *Cache) Take(n int, choose func(Hint) (Taken, bool)) (empty, ok bool) {
	own, err := openFile(c.dir, c.name)
	c.missing = err == disk.ErrNotExist
	if err != nil {
		return false, false
	}
	defer own.Close()
	switch {
	case !own.valid:
		return false, false
	case c.unchanged(&own.header):
		return true, true
	case !own.usable(c.dir.Now()):
		return false, false
	}
	first := own
	if !c.first() {
		if first, err = openFile(c.dir, Name); err != nil {
			return false, false
		}
		defer first.Close()
		if !first.valid || first.Generation != own.Generation {
			return false, false
		}
	}
	return false, take(own, first, n, choose)
}

// unchanged reports whether the cache says that nothing is ready, and the directory has
// not changed since.
func (c *Cache) unchanged(h *header) bool {
	if h.Changed == 0 || h.Count > 0 || h.Added > 0 {
		return false
	}
	st, err := c.dir.Stat()
	return err == nil && st.Size >= BigDirectory && st.ModTime.UnixNano() == h.Changed
}

// take lets choose take entries of a cache and of the first cache, which may be the same.
func take(own, first *file, n int, choose func(Hint) (Taken, bool)) bool {
	listed, ok1 := own.readListed(n)
	added, ok2 := first.readAdded()
	if !ok1 || !ok2 {
		return false
	}
	// Nothing may be taken that is later than an entry which may be in neither.
	limit := min(own.tail(), first.reach())
	var hint Hint
	for _, e := range listed {
		if !(e.Time <= limit) {
			break
		}
		hint.Listed = append(hint.Listed, e)
	}
	var places []int
	for i, e := range added {
		if e.Time <= limit {
			hint.Added, places = append(hint.Added, e), append(places, i)
		}
	}
	if len(hint.Listed)+len(hint.Added) == 0 {
		return false
	}
	taken, ok := choose(hint)
	if !ok {
		return false
	}
	if len(taken.Added) > 0 {
		for i, place := range places {
			if taken.Added[i] {
				added[place].Base = ""
			}
		}
		left := added[:0]
		for _, e := range added {
			if e.Base != "" {
				left = append(left, e)
			}
		}
		if !first.writeAdded(0, left) || first != own && !first.writeProgress() {
			return false
		}
	}
	own.Next += uint64(taken.Listed)
	return own.writeProgress()
}
