package pgqueue

import (
	"errors"
	"iter"
	"math"

	"switchboard/pkg/queue"
)

// largestGroup is the most entries that one transaction claims.
const largestGroup = 1000

// Claims claims as [queue.Dir.Claims] does, about want entries in each transaction.
func (q *Queue) Claims(s queue.Slice, want int) iter.Seq2[*queue.Claim, error] {
	return func(yield func(*queue.Claim, error) bool) {
		q.pass(&pass{slice: s, want: want, skip: never, most: math.MaxInt64}, yield)
	}
}

// ClaimsOfAll claims the entries that were stored before it begins.
func (q *Queue) ClaimsOfAll(s queue.Slice) iter.Seq2[*queue.Claim, error] {
	return func(yield func(*queue.Claim, error) bool) {
		most, err := q.highest()
		if err != nil {
			yield(nil, err)
			return
		}
		q.bound.forget()
		q.pass(&pass{slice: s, want: math.MaxInt, skip: never, most: most}, yield)
	}
}

// Pass claims one entry at a time. It finds an entry that skip wants to leave alone only by
// claiming it, unless this queue has put it back itself: then it requeues it at once.
func (q *Queue) Pass(s queue.Slice, skip func(queue.ID) bool) iter.Seq2[*queue.Claim, error] {
	return func(yield func(*queue.Claim, error) bool) {
		q.pass(&pass{slice: s, want: 1, skip: skip, most: math.MaxInt64}, yield)
	}
}

func never(queue.ID) bool { return false }

// pass is one search of the queue.
type pass struct {
	slice queue.Slice
	// want is how many entries the caller still wants in one transaction.
	want int
	skip func(queue.ID) bool
	most int64
	// whole means that the search began at the beginning.
	whole   bool
	at      key
	skipped map[int64]key
}

// pass claims the entries of p in order. Each transaction begins after the last entry of the
// one before.
func (q *Queue) pass(p *pass, yield func(*queue.Claim, error) bool) {
	now := q.now()
	p.at, p.whole = q.bound.start(now)
	p.skipped, p.at = q.bound.sort(p.at, p.skip)
	for found := false; ; {
		group, err := q.take(search{
			slice: p.slice, after: p.at, most: p.most, without: p.without(), limit: min(max(p.want, 1), largestGroup),
		})
		if err != nil {
			yield(nil, err)
			return
		}
		if len(group) == 0 {
			if p.whole || found || !q.bound.again(q.now()) {
				return
			}
			p.at, p.whole = first, true
			continue
		}
		found = true
		p.at = keyOf(group[len(group)-1].id)
		p.want -= len(group)
		q.bound.reached(p.at)
		if !q.yieldGroup(p, group, yield) {
			return
		}
	}
}

// without returns the numbers of the skipped entries that are still ahead.
func (p *pass) without() []int64 {
	numbers := []int64{}
	for number, k := range p.skipped {
		if p.at.less(k) {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// yieldGroup yields the claims of a group. If the caller stops, it gives back the others.
func (q *Queue) yieldGroup(p *pass, group []taken, yield func(*queue.Claim, error) bool) bool {
	for i := range group {
		if group[i].metadata == nil {
			if err := q.load(group[i:]); err != nil {
				q.giveBack(group[i:])
				yield(nil, err)
				return false
			}
		}
		t := group[i]
		group[i] = taken{}
		if p.skip(t.id) {
			q.giveBack([]taken{t})
			q.bound.putBack(t.number, t.id)
			continue
		}
		c, err := q.newClaim(t)
		if err != nil {
			failed := &queue.ClaimError{ID: t.id, Err: err}
			if as, ok := errors.AsType[preservedAs](err); ok {
				failed.Preserved = as.path
			}
			if !yield(nil, failed) {
				q.giveBack(group[i+1:])
				return false
			}
			continue
		}
		if !yield(c, nil) {
			q.giveBack(group[i+1:])
			return false
		}
	}
	return true
}
