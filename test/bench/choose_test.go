package main

import (
	"fmt"
	"strings"
	"testing"
)

// floor makes a row beside a floor, and peer one beside a program of others.
func floor(name string, ratio float64) *row { return &row{what: name, ratio: ratio, high: ratio} }

func peer(name, of string, ratio float64) *row {
	return &row{what: name, ratio: ratio, high: ratio, peer: of}
}

// with changes a row.
func with(r *row, change func(*row)) *row {
	change(r)
	return r
}

func isMain(r *row) { r.main = true }

// goal sets a goal, which may be missed.
func goal(goal float64) func(*row) { return func(r *row) { r.goal = goal } }

// many makes rows that are alike.
func many(n int, make func(name string) *row) []*row {
	var rows []*row
	for i := range n {
		rows = append(rows, make(fmt.Sprint("r", i)))
	}
	return rows
}

func TestChoose(t *testing.T) {
	for _, test := range []struct {
		name string
		rows []*row
		// want is what is shown, and why, in the order of the rows.
		want string
	}{
		{"none", nil, ""},
		{"fewer than there is room for", []*row{floor("a", 1.1), floor("b", 0.9)}, "a: worst ratio; b: worst ratio"},
		{"the three worst, in the order of the rows", []*row{floor("a", 1.2), floor("b", 1.1), floor("c", 5), floor("d", 1.3)},
			"a: worst ratio; c: worst ratio; d: worst ratio"},
		{"of equal ones the first", []*row{floor("a", 1), floor("b", 1), floor("c", 1), floor("d", 1)},
			"a: worst ratio; b: worst ratio; c: worst ratio"},
		{"times as fast is the other way round", []*row{
			with(floor("a", 0.2), goal(-0.1)), floor("b", 2), floor("c", 3), with(floor("d", 9), goal(-4))},
			"a: worst ratio; b: worst ratio; c: worst ratio"},
		{"a faster peer, and of each the fastest row", []*row{
			peer("a", "nq", 1.1), peer("b", "tsp", 0.5), peer("c", "nq", 2), peer("d", "safecat", 3)},
			"c: faster than ours; d: faster than ours"},
		{"a peer with a goal of times as fast", []*row{
			with(peer("a", "Mailman", 8), goal(-4)), with(peer("b", "Python", 0.5), goal(-0.1))},
			"b: faster than ours"},
		{"a peer is not among the worst ratios", []*row{peer("a", "nq", 9), floor("b", 1), floor("c", 2), floor("d", 3), floor("e", 4)},
			"a: faster than ours; c: worst ratio; d: worst ratio; e: worst ratio"},
		{"memory is not among the worst ratios", []*row{{what: "a", ratio: 7}, floor("b", 1)}, "b: worst ratio"},
		{"a row for two reasons takes one place", []*row{
			with(floor("a", 4), isMain), with(peer("b", "xargs", 1.2), isMain), with(peer("c", "nq", 0.9), isMain)},
			"a: worst ratio, main row; b: faster than ours, main row; c: main row"},
		{"what misses its goal follows", []*row{
			with(floor("a", 1.2), goal(1.1)), floor("b", 3), floor("c", 3), floor("d", 3), with(floor("e", 1.2), goal(1.3)),
			with(&row{what: "f", ratio: 5}, goal(4))},
			"a: missed; b: worst ratio; c: worst ratio; d: worst ratio; f: missed"},
	} {
		choose(test.rows)
		var got []string
		for _, r := range test.rows {
			if r.shown != "" {
				got = append(got, r.what+": "+r.shown)
			}
		}
		if strings.Join(got, "; ") != test.want {
			t.Errorf("%s:\n%s, want\n%s", test.name, strings.Join(got, "; "), test.want)
		}
	}
}

// TestChooseMany checks what there is no room for.
func TestChooseMany(t *testing.T) {
	faster := many(4, func(name string) *row { return peer(name, "peer "+name, 2) })
	worst := many(3, func(name string) *row { return floor(name, 9) })
	main := many(7, func(name string) *row { return with(floor(name, 1), isMain) })
	missed := many(30, func(name string) *row { return with(&row{what: name, ratio: 3}, goal(2)) })
	further := with(&row{what: "further", ratio: 9}, goal(2))

	rows := append(append(append(append(append([]*row{}, missed...), main...), worst...), faster...), further)
	for range 2 { // the second choice is not changed by the first
		choose(rows)
		counts := map[string]int{}
		for _, r := range rows {
			counts[r.shown]++
		}
		if counts["faster than ours"] != 4 || counts["worst ratio"] != 3 || counts["main row"] != 7 || counts["missed"] != 2 ||
			further.shown != "missed" || len(rows)-counts[""] != mostShown {
			t.Errorf("shown: %v", counts)
		}
	}

	// Peers that are faster are shown even if nothing else can be.
	rows = append(main, many(20, func(name string) *row { return peer(name, "peer "+name, 2) })...)
	choose(rows)
	for i, r := range rows {
		if want := i >= 7 && i < 7+mostShown; (r.shown != "") != want {
			t.Errorf("row %d is shown as %q", i, r.shown)
		}
	}
}

func TestMissed(t *testing.T) {
	for _, test := range []struct {
		ratio, goal float64
		missed      bool
	}{{1.2, 1.3, false}, {1.31, 1.3, true}, {8.1, -8, false}, {7.9, -8, true}, {99, 0, false}} {
		r := row{ratio: test.ratio, goal: test.goal}
		if got := r.missed(); got != test.missed || strings.Contains(r.cells()[4], "missed") != got {
			t.Errorf("%v of %v: %v, and shown as %q", test.ratio, test.goal, got, r.cells()[4])
		}
	}
}
