package queue

import (
	"errors"
	"time"
)

// ErrTimeout is a wait that ended without a change.
var ErrTimeout = errors.New("nothing became ready in time")

// rescan is the longest that Wait trusts the system to tell of a change: not
// every filesystem does, for what other machines do to it.
const rescan = 10 * time.Second

// until is how long to wait for, at most, until deadline (zero: no end).
func until(deadline time.Time) (time.Duration, error) {
	if deadline.IsZero() {
		return rescan, nil
	}
	left := time.Until(deadline)
	if left <= 0 {
		return 0, ErrTimeout
	}
	return min(left, rescan), nil
}
