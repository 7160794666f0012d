package queue

import (
	"errors"
	"io"
)

// passEntries is how many names a Pass holds at once: a queue of a million is
// listed some sixty times in a pass, and never held as a whole.
const passEntries = 16 << 10

// Pass claims entries oldest first, each once at most: what is requeued, or
// comes with an older time, while it goes on is left for the next one. It is
// what a runner works with, as Mailman's own works through a listing.
type Pass struct {
	dir  *Dir
	keep func(ID) bool
	list []ID
	last ID
	done bool
}

// Pass begins to claim the entries of a slice for which skip is false.
func (d *Dir) Pass(s Slice, skip func(ID) bool) *Pass {
	inside := s.Filter()
	return &Pass{dir: d, keep: func(id ID) bool { return inside(id) && !skip(id) }}
}

// Next claims the next entry; io.EOF after the last. One that another process
// has claimed is passed over in silence. Any other error that comes with an ID
// is about that entry alone, and Next may be called again; what is ErrMalformed
// was preserved, unless Has says that it is still ready.
func (p *Pass) Next() (*Claim, ID, error) {
	for {
		if len(p.list) == 0 {
			if err := p.refill(); err != nil {
				return nil, ID{}, err
			}
		}
		id := p.list[0]
		p.list, p.last = p.list[1:], id
		claim, err := p.dir.Dequeue(id)
		if errors.Is(err, ErrState) {
			continue
		}
		return claim, id, err
	}
}

// refill lists the entries that come after the last one.
func (p *Pass) refill() error {
	if p.done {
		return io.EOF
	}
	list, err := p.dir.oldest(passEntries, func(id ID) bool {
		return (p.last.base == "" || id.Compare(p.last) > 0) && p.keep(id)
	})
	if err != nil {
		return err
	}
	p.list, p.done = list, len(list) < passEntries
	if len(list) == 0 {
		return io.EOF
	}
	return nil
}
