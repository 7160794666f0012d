package queue

import (
	"fmt"
	"strings"
)

// State is the state of an entry, which its file's extension gives.
type State uint8

const (
	// Stray is a file that is not an entry: never opened, moved or removed.
	Stray State = iota
	// Ready entries, .pck, wait to be claimed.
	Ready
	// InFlight entries, .bak, have been claimed but not finished.
	InFlight
	// Preserved entries, .psv, are kept for a person to look at.
	Preserved
	// Temporary files, .pck.tmp, are being written, or were left by a crash.
	Temporary
)

var (
	stateNames = [...]string{"stray", "ready", "inflight", "preserved", "temporary"}
	extensions = [...]string{"", ".pck", ".bak", ".psv", ".pck.tmp"}
)

// String returns the state's name in options and JSON.
func (s State) String() string { return stateNames[s] }

// Ext returns the extension, with its dot, of files in that state. It is "" for Stray.
func (s State) Ext() string { return extensions[s] }

// ParseState parses a name that String returns.
func ParseState(name string) (State, error) {
	for s, n := range stateNames {
		if n == name {
			return State(s), nil
		}
	}
	return Stray, fmt.Errorf("unknown state %q: the states are ready, inflight, preserved, temporary, stray", name)
}

// SplitName splits a file name into the ID of its entry and the state.
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

// Name returns the file name of the entry in state s.
func (id ID) Name(s State) string { return id.base + extensions[s] }

// StateOfExt returns the state that a file name's extension gives, even if the rest is
// not a file base.
func StateOfExt(name string) State {
	for s := Temporary; s > Stray; s-- {
		if strings.HasSuffix(name, extensions[s]) {
			return s
		}
	}
	return Stray
}
