package claims

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"switchboard/pkg/queue/internal/disk"
)

// Announce adds entries, which have just become ready, to the queue's first cache if it
// reaches as far. If they cannot be added, the cache must end, because otherwise it would
// hide them.
func Announce(dir interface {
	Lstat(name string) (disk.Stat, error)
	OpenRW(name string) (disk.File, error)
	Unlink(name string) error
}, entries iter.Seq[Entry]) {
	f, err := dir.OpenRW(Name)
	if err == disk.ErrNotExist {
		return
	}
	if err != nil {
		// Others may be able to open it.
		if st, err := dir.Lstat(Name); err == nil && st.Regular() {
			dir.Unlink(Name)
		}
		return
	}
	defer f.Close()
	// Without the lock, the header may be that from before a listing began. That listing
	// sees the entries.
	h, ok := readHeader(f)
	if ok && !h.reaches(entries) {
		return
	}
	switch lock(f) {
	case nil:
	case errForeign:
		return
	default:
		dir.Unlink(Name)
		return
	}
	cache := &file{File: f}
	if cache.header, cache.valid = readHeader(f); cache.valid && !cache.add(entries) {
		dir.Unlink(Name)
	}
}

// reaches reports whether one of the entries is not later than the header's reach.
func (h *header) reaches(entries iter.Seq[Entry]) bool {
	for e := range entries {
		if e.Time <= h.reach() {
			return true
		}
	}
	return false
}

// add adds the entries that the cache reaches. If there are too many for it, it keeps the
// oldest, and reaches less far from now on.
func (f *file) add(entries iter.Seq[Entry]) bool {
	var list []Entry
	for e := range entries {
		switch {
		case !(e.Time <= f.reach()):
		case len(e.Base) <= mostName:
			list = append(list, e)
		default:
			f.reachBefore(e.Time)
		}
	}
	from := int(f.Added)
	if from+len(list) > mostAdded {
		before, ok := f.readAdded()
		if !ok {
			return false
		}
		list = append(before, list...)
		slices.SortFunc(list, func(a, b Entry) int { return cmp.Compare(a.Time, b.Time) })
		f.reachBefore(list[mostAdded/2].Time)
		from, list = 0, list[:mostAdded/2]
	}
	return f.writeAdded(from, list) && f.writeProgress()
}

// reachBefore lets the cache reach no further than just before a time.
func (f *file) reachBefore(time float64) {
	f.Reach = math.Float64bits(min(f.reach(), math.Nextafter(time, math.Inf(-1))))
}
