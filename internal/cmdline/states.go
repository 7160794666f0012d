package cmdline

import (
	"errors"
	"slices"
	"strings"

	"switchboard/pkg/queue"
)

// anyState is the word for several states at once.
const anyState = "any"

// States are what the options of a command take as a STATE.
type States struct {
	// All are the states that have a word of their own, and Any those that "any" means.
	All, Any []queue.State
	// Usage is the usage of --state.
	Usage string
	// Why follows the list of states in the error about any other word.
	Why string
}

// Parse parses a STATE.
func (s States) Parse(word string) ([]queue.State, error) {
	if word == anyState {
		return s.Any, nil
	}
	state, err := queue.ParseState(word)
	if err == nil && slices.Contains(s.All, state) {
		return []queue.State{state}, nil
	}
	words := make([]string, len(s.All))
	for i, state := range s.All {
		words[i] = state.String()
	}
	return nil, errors.New("STATE must be " + strings.Join(words, ", ") + " or " + anyState + s.Why)
}

// StateWord returns the word for states that [States.Parse] has returned.
func StateWord(states []queue.State) string {
	if len(states) == 1 {
		return states[0].String()
	}
	return anyState
}
