package queue

import (
	"errors"
	"iter"
	"time"

	"switchboard/pkg/queue/internal/claims"
	"switchboard/pkg/queue/internal/disk"
)

// sharedSource lists the oldest entries, from a listing that processes share through the
// claim cache: see package claims.
type sharedSource struct {
	dir   *Dir
	cache claims.Cache
	// whole means that the slice is the whole queue.
	whole bool
	keep  func(ID) bool
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

// next finds names in the cache, or else in a listing, which is cached if it is long.
func (s *sharedSource) next() (list []ID, more bool, err error) {
	d := s.dir
	keep := func(id ID) bool { return s.keep(id) && !s.seen[id.base] }
	if hint, ok := s.cache.Take(s.want); ok {
		if list, ok := parseHint(hint.Names, keep); ok {
			return list, !hint.Empty, nil
		}
	}
	before, err := d.dir.Stat()
	if err != nil {
		return nil, false, &Error{Path: d.path, Err: err}
	}
	list, err = d.oldest(claims.Most, keep)
	if err != nil {
		return nil, false, err
	}
	// A listing that this process takes whole has nothing left for others.
	all := len(list) <= s.want && len(list) < claims.Most
	switch {
	case len(list) >= claims.Deep && !all:
		mine := list[:min(s.want, len(list))]
		s.cache.Put(claims.Listing{Names: bases(list), Count: len(list), Last: list[len(list)-1].time, Taken: len(mine)})
		return mine, true, nil
	case len(list) == 0 && len(s.seen) == 0 && s.whole && before.Size >= claims.BigDirectory:
		s.cache.NoteEmpty(before)
	default:
		s.cache.Discard()
	}
	return list, false, nil
}

// parseHint parses the names that a cache gave and returns those that keep accepts. ok is
// false if one of them is not the name of an entry.
func parseHint(names []string, keep func(ID) bool) (list []ID, ok bool) {
	list = make([]ID, 0, len(names))
	for _, name := range names {
		id, err := ParseID(name)
		if err != nil {
			return nil, false
		}
		if keep(id) {
			list = append(list, id)
		}
	}
	return list, true
}

// bases yields the file bases of entries.
func bases(list []ID) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, id := range list {
			if !yield(id.base) {
				return
			}
		}
	}
}

// claimCache returns the claim cache of a slice of the queue: see package claims.
func (d *Dir) claimCache(s Slice) claims.Cache {
	return claims.Of(cacheDir{d.dir, d}, s.Index, s.Count)
}

// outdate discards the claim caches that would hide id, which has just become ready.
func (d *Dir) outdate(id ID) { claims.Outdate(d.dir, id.time) }

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
