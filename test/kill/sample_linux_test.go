package kill

import (
	"hash/fnv"
	"os"
	"strconv"
	"testing"
)

// sample picks every n-th of a scenario's injections. Each scenario begins with another one, so
// that one scenario tries what another leaves out.
type sample struct{ every, next int }

// newSample returns a sample of one in every injections. If KILL_EVERY is set it replaces every;
// 1 means all injections.
func newSample(t *testing.T, s *scenario, every int) *sample {
	t.Helper()
	if text := os.Getenv("KILL_EVERY"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("KILL_EVERY is %q: it must be a number of at least 1", text)
		}
		every = n
	}
	hash := fnv.New32a()
	hash.Write([]byte(s.command + s.name))
	return &sample{every: every, next: int(hash.Sum32() % uint32(every))}
}

// has reports whether the next injection belongs to the sample.
func (s *sample) has() bool {
	s.next--
	if s.next >= 0 {
		return false
	}
	s.next = s.every - 1
	return true
}
