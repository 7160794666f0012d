package soak

import (
	"math/rand/v2"
	"time"
)

// killer kills a command, or stops it for some time.
func (s *site) killer(random *rand.Rand) {
	s.pause(random, 600*time.Millisecond)
	if random.IntN(3) == 0 {
		s.crowd.Stop(random, time.Duration(random.IntN(1500))*time.Millisecond)
	} else {
		s.crowd.Kill(random)
		s.notes.kill()
	}
}

// filler fills the disk, now and then, for some time.
func (s *site) filler(random *rand.Rand) {
	s.pause(random, 20*time.Second)
	free := s.disk.Fill(s.t)
	s.pause(random, 3*time.Second)
	free()
	s.notes.full()
}
