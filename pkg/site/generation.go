package site

import (
	"os"
	"path/filepath"
	"slices"
)

// generation is a major version of Mailman.
type generation int

const (
	unknown generation = iota
	mailman2
	mailman3
)

// generation finds out whose tree the queue is in: by the queues that only one of
// the two creates when it starts, or by the name of the directory of queues.
func (q *target) generation() generation {
	queues := q.root + filepath.Dir(q.real())
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			st, err := os.Stat(filepath.Join(queues, name))
			return err == nil && st.IsDir()
		})
	}
	isMailman2, isMailman3 := has("commands", "news"), has("command", "nntp", "pipeline", "digest")
	switch {
	case isMailman2 && !isMailman3:
		return mailman2
	case isMailman3 && !isMailman2:
		return mailman3
	}
	for _, way := range q.ways {
		switch filepath.Base(filepath.Dir(way)) {
		case "qfiles":
			return mailman2
		case "queue":
			return mailman3
		}
	}
	return unknown
}

// isOtherGeneration reports whether a master of generation by cannot work on the
// queue.
func (q *target) isOtherGeneration(by generation) bool {
	g := q.generation()
	return by != unknown && g != unknown && g != by
}
