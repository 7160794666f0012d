package server

import "context"

// The safeguards, for tests that take one away.
const (
	OneDial  = oneDial
	Warnings = warnings
	Names    = names
)

// Safeguard is safeguard.
type Safeguard = safeguard

// OpenWithout is Open without one of the safeguards. 0 is none of them.
func OpenWithout(ctx context.Context, c Config, without safeguard) (*Server, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	s.without = without
	first, err := s.connect(ctx, false)
	if err != nil {
		return nil, err
	}
	s.idle, s.facts = append(s.idle, first), first.facts
	return s, nil
}
