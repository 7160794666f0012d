package harness

import (
	"hash/fnv"
	"math/rand/v2"
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
	return &Sample{every: every, next: int(hashOf(name) % uint64(every))}
}

func hashOf(name string) uint64 {
	hash := fnv.New64a()
	hash.Write([]byte(name))
	return hash.Sum64()
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

// Seed is the seed of all that a test draws.
type Seed uint64

// NewSeed returns the seed that an environment variable has. If it is not set, it returns
// a new one, and the test's log says how to draw the same again.
func NewSeed(tb testing.TB, variable string) Seed {
	tb.Helper()
	seed := rand.Uint64()
	if text := os.Getenv(variable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			tb.Fatalf("%s is %q: it must be a number", variable, text)
		}
	}
	tb.Logf("%s=%d draws this again", variable, seed)
	return Seed(seed)
}

// Of returns what is drawn under a name. It is the same whatever is drawn under others, and
// in whatever order.
func (s Seed) Of(name string) *rand.Rand { return rand.New(rand.NewPCG(uint64(s), hashOf(name))) }
