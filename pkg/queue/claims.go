package queue

import (
	"errors"
	"iter"
)

// ClaimError is the failure to claim one entry. It says nothing about other entries.
type ClaimError struct {
	ID ID
	// Locked means that another process holds the entry's lock. It has just stored or
	// restored the entry, or is about to claim it, or it is a child that outlives a qrun
	// which was killed. Nothing reports when the lock is released. The error is ErrBusy.
	Locked bool
	// Preserved is the path in the bad queue if the entry could not be read and was
	// preserved, otherwise "". The error is ErrMalformed.
	Preserved string
	Err       error
}

func (e *ClaimError) Error() string { return e.Err.Error() }
func (e *ClaimError) Unwrap() error { return e.Err }

// Claims claims the oldest ready entries of a slice of the queue. want is about how many
// the caller will take; it may take fewer or more. If the directory has many names,
// processes share one listing, because reading it takes each of them long.
//
// Claims, [Dir.ClaimsOfAll] and [Dir.Pass] find names in different ways, and all yield:
//
//   - A claim, oldest first. The caller must finish, requeue, shunt or preserve it, and
//     close it. An entry that another process claims first is silently skipped.
//   - A [*ClaimError] about the entry that it names. [ErrBusy], [ErrConflict],
//     [ErrStray] and [ErrMalformed] are about this entry; any other error comes from the
//     system. The entry is not tried again. The iterator goes on with the next one.
//   - A *ClaimError that is [Crowded]: too many files are open. The same entry is tried
//     again, because the caller can close claims; Pass asks skip about it first.
//   - Any other error: the queue cannot be listed. The iterator ends.
//
// None of them prints, waits or gives up: the caller decides what to do about an error.
// The caller may stop at any time: an entry that was not yielded was not claimed. Each
// use of the iterator begins anew.
func (d *Dir) Claims(s Slice, want int) iter.Seq2[*Claim, error] {
	return func(yield func(*Claim, error) bool) {
		source := &sharedSource{dir: d, cache: d.claimCache(s), want: max(want, 1)}
		if s.Count > 1 {
			source.inside = s.Filter()
		}
		d.claim(source, yield)
	}
}

// ClaimsOfAll claims the entries that are ready when it begins, from a listing of its
// own. It does not see entries that become ready later. It yields as [Dir.Claims] does.
func (d *Dir) ClaimsOfAll(s Slice) iter.Seq2[*Claim, error] {
	return func(yield func(*Claim, error) bool) {
		d.claim(&snapshotSource{dir: d, keep: s.keep()}, yield)
	}
}

// Pass claims the entries of a slice for which skip is false, each at most once. An entry
// that is requeued during the pass, or arrives with an older time, is left for the next
// pass. Runners use Pass, as Mailman's own runners go through one listing after another.
// It yields as [Dir.Claims] does.
func (d *Dir) Pass(s Slice, skip func(ID) bool) iter.Seq2[*Claim, error] {
	return func(yield func(*Claim, error) bool) {
		inside := s.Filter()
		d.claim(&passSource{dir: d, keep: func(id ID) bool { return inside(id) && !skip(id) }}, yield)
	}
}

// claim claims the entries that source lists.
func (d *Dir) claim(source claimSource, yield func(*Claim, error) bool) {
	for {
		list, more, err := source.next()
		if err != nil {
			yield(nil, err)
			return
		}
		for len(list) > 0 {
			id := list[0]
			claim, err := d.Dequeue(id)
			source.tried(id, err)
			switch {
			case err == nil:
				if !yield(claim, nil) {
					return
				}
			case errors.Is(err, ErrState):
				// Another process was first.
			default:
				if !yield(nil, claimError(id, err)) {
					return
				}
				if Crowded(err) && source.wants(id) {
					continue
				}
			}
			list = list[1:]
		}
		if !more {
			return
		}
	}
}

func claimError(id ID, err error) *ClaimError {
	e := &ClaimError{ID: id, Err: err}
	e.Locked = errors.Is(err, ErrBusy) && !errors.Is(err, errNamesBusy)
	if preserved, ok := errors.AsType[preservedAs](err); ok {
		e.Preserved = preserved.path
	}
	return e
}

// claimSource says which entries a process tries to claim, in order.
type claimSource interface {
	// next lists the next entries to try, perhaps none. more means that more may follow.
	next() (list []ID, more bool, err error)
	// tried is told how the claim of an entry went.
	tried(id ID, err error)
	// wants reports whether to try an entry again.
	wants(id ID) bool
}

// snapshotSource lists all entries that are ready when it is first asked. It returns a part
// of them at a time, because an ID takes more memory than a name in the listing.
type snapshotSource struct {
	dir    *Dir
	keep   func(ID) bool
	listed *listing
	part   []ID
}

// snapshotPart is the most entries in a part.
const snapshotPart = 512

func (s *snapshotSource) wants(ID) bool   { return true }
func (s *snapshotSource) tried(ID, error) {}

func (s *snapshotSource) next() (list []ID, more bool, err error) {
	if s.listed == nil {
		s.listed = &listing{keep: s.keep}
		if err := s.dir.list(&byState{Ready: s.listed}); err != nil {
			return nil, false, err
		}
	}
	s.part = s.listed.take(s.part[:0], snapshotPart)
	return s.part, s.listed.len() > 0, nil
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
	found, err := s.dir.oldest(passEntries, s.last, s.keep)
	if err != nil {
		return nil, false, err
	}
	list = found.ids(found.len())
	if len(list) > 0 {
		s.last = list[len(list)-1]
	}
	return list, len(list) == passEntries, nil
}
