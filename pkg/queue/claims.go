package queue

import (
	"errors"
	"iter"
)

// ClaimError is the failure to claim one entry. It says nothing of the others.
type ClaimError struct {
	ID ID
	// Locked says that another process holds the entry's lock: the one that has just
	// stored or restored it, or is about to claim it, or had it when it was killed.
	// Nothing tells when a lock goes. The error is ErrBusy.
	Locked bool
	// Preserved is the path in the bad queue of an entry that could not be read and was
	// moved there, else "". The error is ErrMalformed.
	Preserved string
	Err       error
}

func (e *ClaimError) Error() string { return e.Err.Error() }
func (e *ClaimError) Unwrap() error { return e.Err }

// Claims claims the oldest ready entries of a slice of the queue, about want of them:
// the caller may take fewer or more. Where the queue is deep, processes share one
// listing, so that each need not read the whole directory.
//
// Claims, ClaimsOfAll and Pass differ in where they find names, and yield alike:
//
//   - A claim, oldest first. It is the caller's, to finish, requeue, shunt or preserve,
//     and to close. An entry that another process claims first is passed over in silence.
//   - A *ClaimError, about the one entry that it names. Of these errors ErrBusy,
//     ErrConflict, ErrStray and ErrMalformed are about the entry, any other is the
//     system's. The entry is not tried again, and the next one follows.
//   - A *ClaimError that is Crowded: too many files are open. The same entry is tried
//     again, as closing a claim helps; in a Pass only if it is not to be skipped by then.
//   - Any other error: the queue cannot be listed, and that was the last.
//
// None of them prints, waits or gives up: what to do about an error is the caller's
// decision. What has not been yielded was not claimed, whenever the caller breaks off.
// Each use of the iterator begins anew.
func (d *Dir) Claims(s Slice, want int) iter.Seq2[*Claim, error] {
	return func(yield func(*Claim, error) bool) {
		d.claim(&sharedSource{dir: d, cache: d.claimCache(s), whole: s.Count <= 1, keep: s.Filter(), want: max(want, 1)}, yield)
	}
}

// ClaimsOfAll claims what is ready when it begins, from a listing of its own: what
// becomes ready later is not seen. It yields as Claims does.
func (d *Dir) ClaimsOfAll(s Slice) iter.Seq2[*Claim, error] {
	return func(yield func(*Claim, error) bool) {
		d.claim(&snapshotSource{dir: d, keep: s.Filter()}, yield)
	}
}

// Pass claims the entries of a slice for which skip is false, each at most once: what
// is requeued, or comes with an older time, while it goes on is left for the next one.
// It is what a runner works with, as Mailman's own works through a listing. It yields
// as Claims does.
func (d *Dir) Pass(s Slice, skip func(ID) bool) iter.Seq2[*Claim, error] {
	return func(yield func(*Claim, error) bool) {
		inside := s.Filter()
		d.claim(&passSource{dir: d, keep: func(id ID) bool { return inside(id) && !skip(id) }}, yield)
	}
}

// claim claims the entries that a source names.
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
