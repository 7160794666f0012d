package qstat

import (
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
