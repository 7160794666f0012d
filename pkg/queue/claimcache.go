package queue

import (
	"errors"
	"iter"
	"slices"
	"time"

	"switchboard/pkg/queue/internal/claims"
	"switchboard/pkg/queue/internal/disk"
)

// sharedSource lists the oldest entries, from a listing that processes share through the
// claim cache: see package claims.
type sharedSource struct {
	dir   *Dir
	cache *claims.Cache
	// inside accepts the entries of the slice. It is nil for the whole queue.
	inside func(ID) bool
	// want is how many more entries the caller wants.
	want int
	// gone counts names that were no longer ready.
	gone int
	// seen has the entries that could not be claimed and are still there. The next
	// listing must not offer them again.
	seen map[string]bool
}

// tooManyGone is the number of names no longer ready after which a cache is discarded as
// useless.
const tooManyGone = 256

func (s *sharedSource) wants(ID) bool { return true }

func (s *sharedSource) tried(id ID, err error) {
	switch {
	case err == nil:
		s.want = max(s.want-1, 1)
	case errors.Is(err, ErrState):
		if s.gone++; s.gone%tooManyGone == 0 {
			s.cache.Discard()
		}
	case !Crowded(err):
		if s.seen == nil {
			s.seen = make(map[string]bool)
		}
		s.seen[id.base] = true
	}
}

// keep returns a filter for the entries of the slice that have not been seen, or nil if
// that is all of them.
func (s *sharedSource) keep() func(ID) bool {
	if len(s.seen) == 0 {
		return s.inside
	}
	return func(id ID) bool { return !s.seen[id.base] && (s.inside == nil || s.inside(id)) }
}

// next finds names in the cache, or else in a listing, of which it makes a cache if
// listing the directory takes long.
func (s *sharedSource) next() (list []ID, more bool, err error) {
	d := s.dir
	if list, empty, ok := s.take(); ok {
		return list, !empty, nil
	}
	before, err := d.dir.Stat()
	if err != nil {
		return nil, false, &Error{Path: d.path, Err: err}
	}
	listing := s.cache.Begin(before.Size >= claims.BigDirectory)
	found, err := d.oldest(claims.Most, ID{}, s.keep())
	if err != nil {
		return nil, false, err
	}
	// Of a full list, nobody knows whether there are more.
	all := found.len() < claims.Most
	cost := claims.Cost(found.read, before.Size)
	if cost < claims.Deep {
		s.cache.Discard()
		return found.ids(found.len()), !all, nil
	}
	mine := min(s.want, found.len())
	if s.inside != nil || found.len()+len(s.seen) > 0 {
		before = disk.Stat{} // it says nothing about an empty queue
	}
	if listing.Put(claims.Found{Oldest: found.entries(), Count: found.len(), Last: found.latest(), All: all, Taken: mine, Cost: cost, Before: before}) {
		return found.ids(mine), mine < found.len(), nil
	}
	// The next listing makes a cache, if another process has not made one.
	s.cache.Begin(true)
	return found.ids(found.len()), !all, nil
}

// take takes names from the cache. ok is false if it has none.
func (s *sharedSource) take() (list []ID, empty, ok bool) {
	keep := s.keep()
	empty, ok = s.cache.Take(s.want, func(hint claims.Hint) (claims.Taken, bool) {
		var taken claims.Taken
		list, taken, ok = choose(hint, s.want, keep)
		return taken, ok
	})
	return list, empty, ok
}

// choose returns the oldest n entries of a hint that keep accepts, in order. ok is false
// if there is none, or if a listed name is not that of an entry.
func choose(hint claims.Hint, n int, keep func(ID) bool) (list []ID, taken claims.Taken, ok bool) {
	type added struct {
		id    ID
		place int
	}
	takenAdded := func(place int) {
		if taken.Added == nil {
			taken.Added = make(map[int]bool)
		}
		taken.Added[place] = true
	}
	var rest []added
	for i, e := range hint.Added {
		id, err := ParseID(e.Base)
		if err != nil {
			takenAdded(i)
		} else if keep == nil || keep(id) {
			rest = append(rest, added{id, i})
		}
	}
	slices.SortFunc(rest, func(a, b added) int { return a.id.Compare(b.id) })
	take := func(id ID) {
		// What became ready during the listing may be in both.
		if len(list) == 0 || list[len(list)-1] != id {
			list = append(list, id)
		}
	}
	takeAdded := func() {
		takenAdded(rest[0].place)
		take(rest[0].id)
		rest = rest[1:]
	}
	for ; taken.Listed < len(hint.Listed) && len(list) < n; taken.Listed++ {
		id, err := ParseID(hint.Listed[taken.Listed].Base)
		if err != nil {
			return nil, taken, false
		}
		for len(rest) > 0 && len(list) < n && rest[0].id.Compare(id) <= 0 {
			takeAdded()
		}
		if len(list) == n && list[n-1] != id {
			break
		}
		if keep == nil || keep(id) {
			take(id)
		}
	}
	// Later listed names that were not read may be older than these.
	if taken.Listed == len(hint.Listed) && len(hint.Listed) < n {
		for len(rest) > 0 && len(list) < n {
			takeAdded()
		}
	}
	return list, taken, taken.Listed+len(taken.Added) > 0
}

// claimCache returns the claim cache of a slice of the queue: see package claims.
func (d *Dir) claimCache(s Slice) *claims.Cache {
	return claims.Of(cacheDir{d.dir, d}, s.Index, s.Count)
}

// announce tells the claim cache of entries that have just become ready.
func (d *Dir) announce(ids iter.Seq[ID]) {
	claims.Announce(d.dir, func(yield func(claims.Entry) bool) {
		for id := range ids {
			if !yield(claims.Entry{Base: id.base, Time: id.time}) {
				return
			}
		}
	})
}

// cacheDir is the queue's directory as package claims uses it.
type cacheDir struct {
	disk.Dir
	queue *Dir
}

func (c cacheDir) Now() time.Time { return c.queue.sys.Now() }

// ReplaceFile writes a cache file in place of the old one. It syncs nothing, because a
// cache may be lost at any time.
func (c cacheDir) ReplaceFile(name string, content []byte) bool {
	d := c.queue
	st, err := d.dir.Stat()
	if err != nil {
		return false
	}
	f, tmp, err := d.createOwn(st, ourMode)
	if err != nil {
		return false
	}
	if _, err = f.WriteAt(content, 0); err == nil {
		if st, gone := d.dir.Lstat(name); gone == nil && !st.Regular() {
			err = ErrStray // this is not a file that we made
		} else if gone == nil {
			err = d.dir.Unlink(name)
		}
	}
	if err == nil || err == disk.ErrNotExist {
		err = d.renameFile(tmp, d, name)
	}
	f.Close()
	if err != nil {
		d.dir.Unlink(tmp)
		return false
	}
	return true
}
