package queue

import (
	"fmt"
	"strings"
)

// State is what an entry's file name says of it.
type State uint8

const (
	// Stray is a file that is not an entry: never opened, moved or removed.
	Stray State = iota
	// Ready entries, .pck, wait to be claimed.
	Ready
	// InFlight entries, .bak, have been claimed and not finished.
	InFlight
	// Preserved entries, .psv, are kept for a person.
	Preserved
	// Temporary files, .pck.tmp, are being written, or debris of a crash.
	Temporary
)

var (
	stateNames = [...]string{"stray", "ready", "inflight", "preserved", "temporary"}
	extensions = [...]string{"", ".pck", ".bak", ".psv", ".pck.tmp"}
)

// String is the state's name in options and JSON.
func (s State) String() string { return stateNames[s] }

// Ext is the extension of the file names of entries in that state, with its
// dot; "" for Stray.
func (s State) Ext() string { return extensions[s] }

// ParseState reads what String writes.
func ParseState(name string) (State, error) {
	for s, n := range stateNames {
		if n == name {
			return State(s), nil
		}
	}
	return Stray, fmt.Errorf("unknown state %q: the states are ready, inflight, preserved, temporary, stray", name)
}

// SplitName tells which entry a file name belongs to, and its state.
func SplitName(name string) (ID, State) {
	for s := Temporary; s > Stray; s-- {
		if base, ok := strings.CutSuffix(name, extensions[s]); ok {
			if id, err := ParseID(base); err == nil {
				return id, s
			}
			return ID{}, Stray
		}
	}
	return ID{}, Stray
}

// Name is the file name of the entry in state s.
func (id ID) Name(s State) string { return id.base + extensions[s] }

// StateOfExt is the state that a file name's extension stands for, whatever is
// in front of it.
func StateOfExt(name string) State {
	for s := Temporary; s > Stray; s-- {
		if strings.HasSuffix(name, extensions[s]) {
			return s
		}
	}
	return Stray
}
