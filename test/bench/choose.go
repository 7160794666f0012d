package main

import (
	"cmp"
	"slices"
)

// mostShown is how many rows the README may have.
const mostShown = 16

// choose decides which rows the README has, and notes in each why. The README and
// RESULTS.md explain the rule. What speaks against us comes first, so that there is always
// room for it.
func choose(rows []*row) {
	for _, r := range rows {
		r.shown = ""
	}
	left := mostShown
	take := func(list []*row, why string) {
		for _, r := range list {
			if r.shown != "" {
				r.shown += ", " + why
			} else if left > 0 {
				r.shown = why
				left--
			}
		}
	}
	take(fasterPeers(rows), "faster than ours")
	floors := filter(rows, func(r *row) bool { return r.peer == "" && r.timed() })
	descend(floors, (*row).slowness)
	take(floors[:min(3, len(floors))], "worst ratio")
	take(filter(rows, func(r *row) bool { return r.main }), "main row")
	missed := filter(rows, (*row).missed)
	descend(missed, (*row).excess)
	take(missed, "missed")
}

// fasterPeers returns a row for each program of others that is faster than ours: the one in
// which it is ahead most. The one that is ahead most comes first.
func fasterPeers(rows []*row) []*row {
	faster := filter(rows, func(r *row) bool { return r.peer != "" && r.slowness() > 1 })
	descend(faster, (*row).slowness)
	seen := map[string]bool{}
	return slices.DeleteFunc(faster, func(r *row) bool {
		again := seen[r.peer]
		seen[r.peer] = true
		return again
	})
}

// descend sorts rows by a figure, the highest first.
func descend(rows []*row, by func(*row) float64) {
	slices.SortStableFunc(rows, func(a, b *row) int { return cmp.Compare(by(b), by(a)) })
}

func filter(rows []*row, keep func(*row) bool) []*row {
	var list []*row
	for _, r := range rows {
		if keep(r) {
			list = append(list, r)
		}
	}
	return list
}
