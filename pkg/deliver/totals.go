package deliver

import "sync"

// Totals counts recipients.
type Totals struct {
	Taken, PutOff, Refused int
}

// totals are Totals that several goroutines add to.
type totals struct {
	mu sync.Mutex
	Totals
}

func (t *totals) add(f Fate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Totals.add(f)
}

func (t *Totals) add(f Fate) {
	switch f {
	case Taken:
		t.Taken++
	case PutOff:
		t.PutOff++
	case Refused:
		t.Refused++
	}
}

func (t *totals) get() Totals {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.Totals
}
