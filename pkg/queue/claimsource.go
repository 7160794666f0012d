package queue

import (
	"errors"
	"iter"

	"switchboard/pkg/queue/internal/claims"
)

// claimSource says which entries a process tries to claim, in order.
type claimSource interface {
	// next lists the next entries to try, perhaps none. more says that there may be
	// others after them.
	next() (list []ID, more bool, err error)
	// tried is told how the claim of an entry went.
	tried(id ID, err error)
	// wants says whether to try an entry again.
	wants(id ID) bool
}

// sharedSource names the oldest entries, from a listing that processes share through the
// claim cache, see package claims.
type sharedSource struct {
	dir   *Dir
	cache claims.Cache
	// whole says that the slice is the whole queue.
	whole bool
	keep  func(ID) bool
	// want is how many more entries the caller wants.
	want int
	// gone counts names that were no longer ready.
	gone int
	// seen are entries that could not be claimed and are still there: the next listing
	// must not offer them again.
	seen map[string]bool
}

// tooManyGone is how many names that are no longer ready end a cache: it is of no use.
const tooManyGone = 256

func (s *sharedSource) wants(ID) bool { return true }

func (s *sharedSource) tried(id ID, err error) {
	switch {
	case err == nil:
		s.want = max(s.want-1, 1)
	case errors.Is(err, ErrState):
		if s.gone++; s.gone%tooManyGone == 0 {
			s.cache.Drop()
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
	// What this process takes whole is of no use to others.
	all := len(list) <= s.want && len(list) < claims.Most
	switch {
	case len(list) >= claims.Deep && !all:
		mine := list[:min(s.want, len(list))]
		s.cache.Put(claims.Listing{Names: bases(list), Count: len(list), Last: list[len(list)-1].time, Taken: len(mine)})
		return mine, true, nil
	case len(list) == 0 && len(s.seen) == 0 && s.whole && before.Size >= claims.BigDirectory:
		s.cache.NoteEmpty(before)
	default:
		s.cache.Drop()
	}
	return list, false, nil
}

// parseHint makes entries of the names that a cache gave, but for those that keep does
// not accept. ok is false if one of them is not an entry's.
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

// bases are the file bases of entries.
func bases(list []ID) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, id := range list {
			if !yield(id.base) {
				return
			}
		}
	}
}

// snapshotSource names all entries that are ready at one moment.
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

// passSource names all entries, in listings of which each goes on after the last one.
type passSource struct {
	dir  *Dir
	keep func(ID) bool
	last ID
}

// passEntries is how many names a listing of a Pass has: a queue of a million is
// listed some sixty times in a pass, and never held as a whole.
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
