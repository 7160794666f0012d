package queue

import (
	"errors"
	"iter"

	"switchboard/pkg/queue/internal/claims"
)

// claimSource says which entries a process tries to claim, in order.
type claimSource interface {
	// next lists the next entries to try, perhaps none. more means that more may follow.
	next() (list []ID, more bool, err error)
	// tried is told how the claim of an entry went.
	tried(id ID, err error)
	// wants reports whether to try an entry again.
	wants(id ID) bool
}

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

// snapshotSource lists all entries that are ready when it is first asked.
type snapshotSource struct {
	dir  *Dir
	keep func(ID) bool
}

func (s *snapshotSource) wants(ID) bool   { return true }
func (s *snapshotSource) tried(ID, error) {}

func (s *snapshotSource) next() (list []ID, more bool, err error) {
	list, err = s.dir.List(Ready, s.keep)
	return list, false, err
}

// passSource lists all entries, a part at a time. Each part begins where the last one
// ended.
type passSource struct {
	dir  *Dir
	keep func(ID) bool
	last ID
}

// passEntries is how many names a part has. A pass over a million entries reads the
// directory some sixty times, but never holds all names in memory.
const passEntries = 16 << 10

func (s *passSource) wants(id ID) bool { return s.keep(id) }
func (s *passSource) tried(ID, error)  {}

func (s *passSource) next() (list []ID, more bool, err error) {
	list, err = s.dir.oldest(passEntries, func(id ID) bool {
		return (s.last.base == "" || id.Compare(s.last) > 0) && s.keep(id)
	})
	if len(list) > 0 {
		s.last = list[len(list)-1]
	}
	return list, len(list) == passEntries, err
}
