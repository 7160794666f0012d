package runner

import "time"

// patience says for how long a lock that others will soon release is waited for.
type patience struct {
	began time.Time
	looks int
}

// A machine, above all a virtual one, may stand still for seconds, and what runs on it gets no
// further meanwhile. So the time alone is not enough.
const (
	patienceTime  = time.Second
	patienceLooks = 50
)

// over counts a look at the lock, and reports whether it was the last one.
func (p *patience) over() bool {
	if p.looks++; p.looks == 1 {
		p.began = time.Now()
	}
	return p.looks > patienceLooks && time.Since(p.began) >= patienceTime
}

// betweenLooks is the time from one look to the next.
const betweenLooks = patienceTime / patienceLooks
