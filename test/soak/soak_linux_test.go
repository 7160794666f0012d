package soak

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"switchboard/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// length is how long everything works: SOAK, or else a sample.
func length(t *testing.T) time.Duration {
	t.Helper()
	if s := os.Getenv("SOAK"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil || d <= 0 {
			t.Fatalf("SOAK is %q: it must be a time, such as 1h", s)
		}
		return d
	}
	if harness.CI() {
		return 40 * time.Second
	}
	return 5 * time.Second
}

// seed is SOAK_SEED, or a new one. It repeats what everybody decides, but not what the scheduler does.
func seed(t *testing.T) uint64 {
	t.Helper()
	s := os.Getenv("SOAK_SEED")
	if s == "" {
		return rand.Uint64()
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("SOAK_SEED is %q: it must be a number", s)
	}
	return n
}

// TestSoak is the whole: nothing is lost, nothing is handled again without a reason, and nobody gets
// a part of a message.
func TestSoak(t *testing.T) {
	t.Parallel()
	n, d := seed(t), length(t)
	s := newSite(t, n)
	t.Logf("%v on %s; SOAK_SEED=%d repeats it", d, s.kind, n)
	s.work(d)
	s.settle()
	wrong := s.notes.compare()
	for _, w := range wrong[:min(len(wrong), 20)] {
		t.Error(w)
	}
	if len(wrong) > 20 {
		t.Errorf("and %d more", len(wrong)-20)
	}
	t.Log(s.notes.summary())
	if s.notes.acknowledged() == 0 || len(s.notes.handled) == 0 {
		t.Error("nothing happened")
	}
	if t.Failed() {
		t.Logf("SOAK_SEED=%d", n)
	}
}
