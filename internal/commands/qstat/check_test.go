package qstat

import (
	"errors"
	"testing"
	"time"

	"switchboard/pkg/queue"
)

// TestFuture checks that a time is not a problem if a server's clock explains it, and
// that a time hours ahead is reported.
func TestFuture(t *testing.T) {
	t.Parallel()
	for ahead, want := range map[time.Duration]string{
		-time.Hour:                  "",
		0:                           "",
		queue.ClockSkew / 2:         "",
		3*time.Hour + time.Minute/2: "changed 3h in the future: a clock was ahead",
	} {
		if got := future(time.Now().Add(ahead), "changed"); got != want {
			t.Errorf("%v ahead: %q", ahead, got)
		}
	}
}

// away is a queue whose server has gone.
type away struct{ queue.Queue }

func (away) Read(queue.ID, queue.State) (*queue.Entry, error) {
	return nil, &queue.Error{Path: "pg:in", Err: queue.ErrUnreachable}
}

// TestCheckAway checks that an entry is not called unreadable because a server does not answer.
func TestCheckAway(t *testing.T) {
	t.Parallel()
	c := checkup{dir: away{}}
	if wrongs, err := c.file(queue.File{State: queue.Ready}); wrongs != nil || !errors.Is(err, queue.ErrUnreachable) {
		t.Errorf("%q, %v", wrongs, err)
	}
}
