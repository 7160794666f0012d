package queue

import (
	"bytes"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
)

// oldestNames are the oldest ready entries of a listing. They are not IDs: a deep queue is
// listed for thousands of entries of which most are only written to the claim cache.
type oldestNames struct {
	// names are in order. Before the end of the listing they are not, and there may be half
	// as many again.
	names []packed
	odd   oddNames
	// read is how many names the directory has.
	read int
}

// fewNames is how many names a listing has before it makes room for all.
const fewNames = 512

func (o *oldestNames) len() int { return len(o.names) }

// ids returns the first n entries.
func (o *oldestNames) ids(n int) []ID {
	list := make([]ID, n)
	for i := range list {
		list[i] = o.odd.file(&o.names[i]).ID
	}
	return list
}

// entries yields the file bases and times of all entries.
func (o *oldestNames) entries() iter.Seq2[[]byte, float64] {
	return func(yield func([]byte, float64) bool) {
		var base []byte
		for i := range o.names {
			p := &o.names[i]
			if p.digits() == 0 {
				base = append(base[:0], o.odd.file(p).ID.base...)
			} else {
				base = p.appendBase(base[:0])
			}
			if !yield(base, p.time) {
				return
			}
		}
	}
}

// oldest lists the n oldest ready entries that are later than after, unless that is zero,
// and that keep accepts (nil: all).
func (d *Dir) oldest(n int, after ID, keep func(ID) bool) (*oldestNames, error) {
	list, old, err := d.oldestOf(n, after, keep)
	if err == nil && old != nil {
		list, _, err = d.oldestOf(n, after, old.none(keep))
	}
	return list, err
}

// oldestOf lists in one pass over the directory. Its list may include old pairs, which it
// also returns.
func (d *Dir) oldestOf(n int, after ID, keep func(ID) bool) (*oldestNames, pairs, error) {
	most := n + n/2 + 1
	list, old := &oldestNames{}, pairs(nil)
	// Once there are more than n, latest is the time of the n-th oldest so far, and seconds
	// the text of its seconds.
	latest, seconds := math.Inf(1), ""
	first := math.Inf(-1)
	if after.base != "" {
		first = after.time
	}
	err := d.dir.Read(func(text []byte, regular bool) error {
		list.read++
		base, ready := bytes.CutSuffix(text, []byte(".pck"))
		switch {
		case !regular || ready && isLater(base, seconds):
			return nil
		case !ready:
			old.note(text)
			return nil
		}
		p, odd, ok := packReady(base, text)
		if !ok || p.time > latest || p.time < first {
			return nil
		}
		if keep != nil || p.time == first {
			id := odd
			if id.base == "" {
				id = list.odd.file(&p).ID
			}
			if after.base != "" && id.Compare(after) <= 0 || keep != nil && !keep(id) {
				return nil
			}
		}
		if odd.base != "" {
			p = list.odd.add(odd, Ready)
		}
		if len(list.names) == fewNames {
			// Growing step by step would touch several times as much memory, and
			// slices.Grow all of it at once.
			list.names = append(make([]packed, 0, most), list.names...)
		}
		if list.names = append(list.names, p); len(list.names) == most {
			list.reduce(n)
			if latest = list.latest(); latest > 0 {
				seconds = strconv.FormatInt(int64(latest), 10)
			}
		}
		return nil
	})
	if err != nil {
		return nil, old, &Error{Path: d.path, Err: err}
	}
	if len(list.names) > n {
		list.reduce(n)
	}
	slices.SortFunc(list.names, func(a, b packed) int { return list.odd.compare(&a, &b) })
	return list, old, nil
}

// isLater reports whether a file base has a later second than one of which it gets the
// text. Nearly all names of a deep queue are later than the oldest ones, so it looks at a
// few bytes only. If it returns false, the base may still be later.
func isLater(base []byte, seconds string) bool {
	plus, point := len(base)-digestDigits-len("+"), len("1700000000")
	return len(seconds) == point && plus > point && base[point] == '.' && string(base[:point]) > seconds &&
		base[plus] == '+' && bytes.IndexByte(base[point:plus], 'e') < 0
}

// packReady packs the name of a ready entry. If the name is odd, it also returns its ID, and
// p has only the time.
func packReady(base, name []byte) (p packed, odd ID, ok bool) {
	if _, seconds, plain := plainName(name); plain {
		if p, ok = pack(base, Ready, seconds); ok {
			return p, ID{}, true
		}
	}
	odd, err := ParseID(string(base))
	return packed{time: odd.time}, odd, err == nil
}

// reduce keeps the n oldest entries, in no order. Each step takes a random entry and moves
// those that are older before it (quickselect).
func (o *oldestNames) reduce(n int) {
	kept := o.names[:n]
	for part := o.names; 0 < n && n < len(part); {
		last := len(part) - 1
		chosen := rand.IntN(len(part))
		part[chosen], part[last] = part[last], part[chosen]
		older, pivot := 0, part[last]
		for i := range part[:last] {
			if o.odd.compare(&part[i], &pivot) < 0 {
				part[i], part[older] = part[older], part[i]
				older++
			}
		}
		part[last], part[older] = part[older], pivot
		if n <= older {
			part = part[:older]
		} else {
			part, n = part[older+1:], n-older-1
		}
	}
	o.names = kept
	o.forgetOdd()
}

// forgetOdd forgets the odd names that were not kept.
func (o *oldestNames) forgetOdd() {
	var odd oddNames
	for i := range o.names {
		if p := &o.names[i]; p.digits() == 0 {
			*p = odd.add(o.odd.file(p).ID, Ready)
		}
	}
	o.odd = odd
}

// latest returns the time of the latest entry.
func (o *oldestNames) latest() float64 {
	latest := math.Inf(-1)
	for i := range o.names {
		latest = max(latest, o.names[i].time)
	}
	return latest
}
