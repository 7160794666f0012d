package qstat

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"sync"
)

// sorter keeps records until they can be printed in order: all of them, or no more than
// twice as many as are to be shown. Several goroutines may add to it.
type sorter struct {
	order *order
	mu    sync.Mutex
	kept  []ranked
	// added counts all records.
	added int
}

// rank is the place of a record. What comes first in the struct decides first.
type rank struct {
	// unknown puts entries that cannot be read behind all others.
	unknown bool
	number  float64
	text    string
	// tie is the time that an entry was received, or the place of the operand.
	tie float64
}

type ranked struct {
	rank
	record []byte
}

func (r ranked) compare(other ranked) int {
	return cmp.Or(compareBools(r.unknown, other.unknown), cmp.Compare(r.number, other.number), strings.Compare(r.text, other.text),
		cmp.Compare(r.tie, other.tie), bytes.Compare(r.record, other.record))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// add adds a copy of a record.
func (s *sorter) add(r rank, record []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.added++
	s.kept = append(s.kept, ranked{r, bytes.Clone(record)})
	// Sorting only now and then costs each record little.
	if limit := s.order.limit; limit.Given && len(s.kept)/2 >= limit.Value {
		s.cut()
	}
}

// cut puts the records in order and drops those that will not be shown.
func (s *sorter) cut() {
	slices.SortFunc(s.kept, ranked.compare)
	s.kept = cut(s.order, s.kept)
}

// print calls record for each record to show.
func (s *sorter) print(record func([]byte) error) error {
	s.cut()
	for _, r := range s.kept {
		if err := record(r.record); err != nil {
			return err
		}
	}
	return nil
}
