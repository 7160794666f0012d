package main

import "fmt"

// row is a line of the table.
type row struct {
	what, ours, other string
	ratio             float64
	// low and high are the quartiles of the ratios, if there was more than one pair.
	low, high float64
	// goal is the ratio to stay below. If it is negative, its absolute value is the
	// ratio to exceed.
	goal float64
	// main is set for one row of each command: what it does most.
	main bool
	// peer is the program of others that is beside ours. Without one, a floor is.
	peer string
	// shown says why the README has this row.
	shown string
}

// add adds a row of times to the table.
func (b *bench) add(what string, p pair, goal float64) *row {
	return b.addRow(row{what: what, ours: round(p.ours), other: round(p.other),
		ratio: p.ratio, low: p.low, high: p.high, goal: goal})
}

// timesAsFast adds a row whose ratio is the other program's time divided by ours.
func (b *bench) timesAsFast(what string, p pair, goal float64) *row {
	p.ratio, p.low, p.high = 1/p.ratio, 1/p.high, 1/p.low
	return b.add(what+": times as fast", p, -goal)
}

// addMemory adds a row of memory, in MiB.
func (b *bench) addMemory(what string, ours, other, goal float64) {
	b.addRow(row{what: what, ours: fmt.Sprintf("%.1f MiB", ours), other: fmt.Sprintf("%.1f MiB", other),
		ratio: ours / other, goal: goal})
}

func (b *bench) addRow(r row) *row {
	b.rows = append(b.rows, &r)
	return &r
}

// slowness returns how many times as long ours takes, in every row.
func (r *row) slowness() float64 {
	if r.goal < 0 {
		return 1 / r.ratio
	}
	return r.ratio
}

// timed reports whether the row compares times.
func (r *row) timed() bool { return r.high > 0 }

// missed reports whether a row has a goal and misses it.
func (r *row) missed() bool { return r.excess() > 1 }

// excess returns how far a row is from its goal: over 1 misses it. Without a goal it is 0.
func (r *row) excess() float64 {
	switch {
	case r.goal > 0:
		return r.ratio / r.goal
	case r.goal < 0:
		return -r.goal / r.ratio
	}
	return 0
}

// rowHead is the head of the table. The README has the first columns, up to the goal.
var rowHead = []string{"what", "ours", "beside it", "ratio", "goal", "half of the ratios", "in the README as"}

const readmeColumns = 5

func (r *row) cells() []string {
	goal, spread := "", ""
	if r.goal > 0 {
		goal = fmt.Sprintf("≤ %.3g", r.goal)
	} else if r.goal < 0 {
		goal = fmt.Sprintf("≥ %.3g", -r.goal)
	}
	if r.missed() {
		goal += " **missed**"
	}
	if r.timed() {
		spread = fmt.Sprintf("%.2f–%.2f", r.low, r.high)
	}
	return []string{r.what, r.ours, r.other, fmt.Sprintf("%.2f", r.ratio), goal, spread, r.shown}
}
