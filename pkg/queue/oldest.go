package queue

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
)

// oldestNames are the oldest ready entries of a listing. They are not IDs: a deep queue is
// listed for thousands of entries of which most are only written to the claim cache.
type oldestNames struct {
	// keys are in order. Before the end of the listing they are not, and there may be half
	// as many again. Those behind them have slots that can be used.
	keys []nameKey
	// slots has a file base in each slotSize bytes, except those that are longer.
	slots []byte
	long  map[uint32]string
	// read is how many names the directory has.
	read int
}

// nameKey is what entries are sorted by, and where the file base is. The digest has 160
// bits: if these 64 are equal, the file bases decide.
type nameKey struct {
	time   float64
	digest uint64
	slot   uint32
	length uint32
}

// slotSize has room for the usual file bases.
const slotSize = 64

func (o *oldestNames) len() int { return len(o.keys) }

// base returns the file base of a key.
func (o *oldestNames) base(k nameKey) []byte {
	if k.length > slotSize {
		return []byte(o.long[k.slot])
	}
	return o.slots[k.slot*slotSize:][:k.length]
}

// ids returns the first n entries. Their file bases share one string.
func (o *oldestNames) ids(n int) []ID {
	var text []byte
	for _, k := range o.keys[:n] {
		text = append(text, o.base(k)...)
	}
	bases, list := string(text), make([]ID, n)
	for i, k := range o.keys[:n] {
		list[i] = ID{base: bases[:k.length], time: k.time}
		hex.Decode(list[i].digest[:], text[k.length-digestDigits:k.length])
		bases, text = bases[k.length:], text[k.length:]
	}
	return list
}

// entries yields the file bases and times of all entries.
func (o *oldestNames) entries() iter.Seq2[[]byte, float64] {
	return func(yield func([]byte, float64) bool) {
		for _, k := range o.keys {
			if !yield(o.base(k), k.time) {
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
	few := min(most, fewKeys)
	list, old := &oldestNames{keys: make([]nameKey, 0, few), slots: make([]byte, 0, few*slotSize)}, pairs(nil)
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
		key, ok := parseKey(text)
		if !ok || key.time > latest || key.time < first {
			return nil
		}
		if keep != nil || key.time == first {
			id, err := ParseID(string(base))
			if err != nil || after.base != "" && id.Compare(after) <= 0 || keep != nil && !keep(id) {
				return nil
			}
		}
		list.add(base, key, most)
		if len(list.keys) == most {
			list.reduce(n)
			latest = list.latest()
			if latest > 0 {
				seconds = strconv.FormatInt(int64(latest), 10)
			}
		}
		return nil
	})
	if err != nil {
		return nil, old, &Error{Path: d.path, Err: err}
	}
	if len(list.keys) > n {
		list.reduce(n)
	}
	slices.SortFunc(list.keys, list.compare)
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

// parseKey returns the key of a ready entry's name.
func parseKey(name []byte) (k nameKey, ok bool) {
	base := name[:len(name)-len(".pck")]
	if _, _, plain := plainName(name); !plain {
		id, err := ParseID(string(base))
		return nameKey{time: id.time, digest: binary.BigEndian.Uint64(id.digest[:])}, err == nil
	}
	plus := len(base) - digestDigits - len("+")
	var digest [8]byte
	hex.Decode(digest[:], base[plus+1:][:2*len(digest)])
	time, err := strconv.ParseFloat(string(base[:plus]), 64)
	return nameKey{time: time, digest: binary.BigEndian.Uint64(digest[:])}, err == nil
}

// add adds an entry to a list that has room for most.
func (o *oldestNames) add(base []byte, k nameKey, most int) {
	if len(o.keys) == fewKeys {
		o.keys = slices.Grow(o.keys, most-fewKeys)
		o.slots = slices.Grow(o.slots, (most-fewKeys)*slotSize)
	}
	used := len(o.slots) / slotSize
	k.slot, k.length = uint32(used), uint32(len(base))
	if len(o.keys) < used {
		k.slot = o.keys[:len(o.keys)+1][len(o.keys)].slot
	} else {
		o.slots = o.slots[:len(o.slots)+slotSize]
	}
	if len(base) > slotSize {
		if o.long == nil {
			o.long = make(map[uint32]string)
		}
		o.long[k.slot] = string(base)
	}
	copy(o.slots[k.slot*slotSize:][:slotSize], base)
	o.keys = append(o.keys, k)
}

// fewKeys is how many keys there are before the list gets all of its room.
const fewKeys = 256

// compare is ID.Compare.
func (o *oldestNames) compare(a, b nameKey) int {
	switch {
	case a.time < b.time:
		return -1
	case a.time > b.time:
		return 1
	case a.digest != b.digest:
		return cmp.Compare(a.digest, b.digest)
	}
	id := func(k nameKey) ID {
		id, _ := ParseID(string(o.base(k)))
		return id
	}
	return id(a).Compare(id(b))
}

// reduce keeps the n oldest entries, in no order. Each step takes a random entry and moves
// those that are older before it (quickselect).
func (o *oldestNames) reduce(n int) {
	kept := o.keys[:n]
	for part := o.keys; 0 < n && n < len(part); {
		last := len(part) - 1
		chosen := rand.IntN(len(part))
		part[chosen], part[last] = part[last], part[chosen]
		older, pivot := 0, part[last]
		for i, k := range part[:last] {
			if o.compare(k, pivot) < 0 {
				part[i], part[older] = part[older], k
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
	o.keys = kept
}

// latest returns the time of the latest entry.
func (o *oldestNames) latest() float64 {
	latest := o.keys[0].time
	for _, k := range o.keys {
		latest = max(latest, k.time)
	}
	return latest
}
