package deliver

import (
	"errors"
	"sync"
	"time"

	"switchboard/pkg/deliver/internal/client"
)

// ErrUnavailable means that the server cannot be reached, or does not talk to us now.
var ErrUnavailable = errors.New("the server is not available")

// ErrRejected means that the server does not talk to us at all. It has nothing to do with any
// entry.
var ErrRejected = errors.New("the server refuses us")

// How long a run pauses if the server is not available, at first and at most.
const (
	firstPause = time.Second
	lastPause  = 5 * time.Minute
)

// outage is a time in which the server is not available.
type outage struct {
	mu    sync.Mutex
	pause time.Duration
	// until is when the pause ends. Several goroutines may find the server down at once, and
	// that makes one pause.
	until time.Time
}

// begin returns how long to pause, which is longer each time. began means that the outage has
// just begun.
func (o *outage) begin(now time.Time) (pause time.Duration, began bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if left := o.until.Sub(now); left > 0 {
		return left, false
	}
	began = o.pause == 0
	o.pause = min(max(2*o.pause, firstPause), lastPause)
	o.until = now.Add(o.pause)
	return o.pause, began
}

// end ends the outage, because the server is there.
func (o *outage) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pause, o.until = 0, time.Time{}
}

// outageError is a failure to get a connection. Is says which of the two above it is.
type outageError struct {
	error
	is error
}

func (e outageError) Unwrap() error        { return e.error }
func (e outageError) Is(target error) bool { return target == e.is }

// explain returns the error of a failure to get a connection.
func explain(err error) error {
	is := ErrUnavailable
	if e, ok := errors.AsType[*client.Error](err); ok {
		switch e.Kind {
		case client.RefusedForGood:
			is = ErrRejected
		case client.AuthFailed:
			// Without a code the password was not sent: that is how we are configured.
			if e.Answer.Code == 0 || e.Answer.Code/100 == 5 {
				is = ErrRejected
			}
		}
	}
	return outageError{err, is}
}
