package qstat

import (
	"errors"
	"math"
	"slices"
	"strings"

	"switchboard/pkg/queue"
)

// spare is how many more entries than --limit are kept, because some may disappear before
// they are read.
const spare = 1000

// gather adds the entries of a queue to those that are sorted by age. It opens none.
func (s *stat) gather(dir queue.Queue) error {
	most := math.MaxInt
	if s.limit.Given && !s.want.Opens() && s.limit.Value < math.MaxInt/4 {
		most = s.limit.Value + spare
	}
	start := len(s.gathered)
	for f, err := range dir.List(s.want.Name(), s.want.States...) {
		if err != nil {
			return err
		}
		s.gathered = append(s.gathered, file{f, dir})
		n := len(s.gathered) - start
		if n >= most && !s.reverse {
			break
		}
		if s.reverse && n/2 >= most { // the last ones are to be shown
			s.gathered = slices.Delete(s.gathered, start, len(s.gathered)-most)
		}
	}
	return s.lookedAt(dir, nil)
}

// showGathered shows the entries of all queues by their age.
func (s *stat) showGathered() error {
	slices.SortStableFunc(s.gathered, func(a, b file) int { return oldestFirst(a.File, b.File) })
	if s.reverse {
		slices.Reverse(s.gathered)
	}
	return s.limited(func(yield func(file, error) bool) {
		for _, f := range s.gathered {
			if !yield(f, nil) {
				return
			}
		}
	})
}

// sortsByContent reports whether the contents of entries are needed to sort them.
func (s *stat) sortsByContent() bool {
	return s.sorts() && s.key != "size" && !s.byAge()
}

// rank adds an entry to those that are sorted by another key than their age.
func (s *stat) rank(f *found, a *answer) error {
	r := rank{tie: f.id.Seconds()}
	switch m := f.content(); {
	case s.key == "size":
		size, err := f.size()
		if errors.Is(err, queue.ErrState) {
			return nil
		} else if err != nil {
			a.report(err)
		}
		r.unknown, r.number = err != nil, -float64(size)
	case m == nil:
		r.unknown = true
		if s.entries && !s.JSON && f.err != nil {
			a.report(f.err) // show reports it otherwise
		}
	case s.key == "restores":
		r.number = -float64(m.Restores())
	case s.key == "list":
		r.text = strings.ToLower(m.List())
	case s.key == "sender":
		r.text = strings.ToLower(sentBy(m))
	case s.key == "subject":
		r.text, _ = m.Decoded("Subject")
		r.text = strings.ToLower(r.text)
	}
	start := len(a.text)
	if err := s.show(f, a); err != nil {
		return err
	}
	s.sorter.add(r, a.text[start:])
	a.text = a.text[:start]
	return nil
}
