package harness

import (
	"hash/fnv"
	"os"
	"strconv"
	"testing"
)

// Sample picks every n-th of the kills, failures or cuts that a test would try.
type Sample struct{ every, next int }

// NewSample returns a sample of one in Every(tb, every). Each name begins with another one, so
// that one scenario tries what another leaves out.
func NewSample(tb testing.TB, name string, every int) *Sample {
	tb.Helper()
	every = Every(tb, every)
	hash := fnv.New32a()
	hash.Write([]byte(name))
	return &Sample{every: every, next: int(hash.Sum32() % uint32(every))}
}

// Every returns KILL_EVERY if it is set, and every if not. 1 means all.
func Every(tb testing.TB, every int) int {
	tb.Helper()
	text := os.Getenv("KILL_EVERY")
	if text == "" {
		return every
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		tb.Fatalf("KILL_EVERY is %q: it must be a number of at least 1", text)
	}
	return n
}

// Has reports whether the next one belongs to the sample.
func (s *Sample) Has() bool {
	s.next--
	if s.next >= 0 {
		return false
	}
	s.next = s.every - 1
	return true
}
