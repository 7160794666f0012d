package main

import (
	"fmt"
	"time"
)

// series is the cost of a claim by one program, as the queue gets deeper.
type series struct {
	name   string
	points []point
}

// point is the cost of one claim, in seconds, at a depth.
type point struct {
	depth int
	cost  float64
}

// claimer is a program that claims one entry of a queue of its own.
type claimer struct {
	name string
	// most returns the number of measurements in a queue of the given depth.
	most func(depth int) int
	// fill makes its queue and returns a function that claims one entry.
	fill func(depth int) (claim func())
}

// slow is for programs that take seconds in a deep queue.
func slow(depth int) int {
	if depth > 100_000 {
		return 3
	}
	return min(depth-1, 7)
}

// besideDepth is how many entries are in flight beside those that are ready. There are as many
// at each depth, because they cost most where few are ready.
const besideDepth = 100_000

func (b *bench) claimers() []claimer {
	// Each has a queue of its own: a claim by one would be missing from the listing
	// that another keeps.
	linked := func(name string, claim func(queue string)) func(int) func() {
		return func(depth int) func() {
			q, _ := b.link(name, depth, ".pck")
			return func() { claim(q) }
		}
	}
	all := []claimer{
		{"qdequeue", func(depth int) int { return min(depth-1, 201) },
			linked("depth", func(q string) { b.command("", b.q("qdequeue"), q) })},
		{fmt.Sprintf("qdequeue, with %d in flight beside", b.size(besideDepth)), func(depth int) int { return min(depth-1, 101) },
			func(depth int) func() {
				q, _ := b.link("depth-inflight", depth, ".pck")
				b.linkInto(q, b.size(besideDepth), 1, ".bak")
				return func() { b.command("", b.q("qdequeue"), q) }
			}},
		{"shell: glob, mv", slow, linked("depth-shell", func(q string) {
			b.command("", "sh", "-c", `set -- "$0"/*.pck; mv -n "$1" "${1%.pck}.bak"`, q)
		})},
	}
	if have(python, "python3") {
		all = append(all, claimer{"Python: listdir, read, rename", slow,
			linked("depth-python", func(q string) { b.command("", python, "-c", pythonClaim, q) })})
	}
	if haveDirQueue() {
		all = append(all, claimer{"Python: dirq, lock and remove",
			func(depth int) int {
				if depth > 100_000 {
					return 0 // filling it takes minutes
				}
				return 7
			},
			func(depth int) func() {
				q := b.queue("dirq")
				b.command("", python, "-c", dirQueue, q, "fill", fmt.Sprint(depth))
				return func() { b.command("", python, "-c", dirQueue, q, "take") }
			}})
	}
	return all
}

// depth measures a process that claims one entry, at growing depths. It takes turns with
// programs that list the directory each time.
func (b *bench) depth() {
	depths := []int{10, 100, 1000, 10_000, 100_000, 1_000_000}
	if b.quick {
		depths = depths[:5]
	}
	claimers := b.claimers()
	for _, c := range claimers {
		b.curve = append(b.curve, series{name: c.name})
	}
	for _, n := range depths {
		var claims []func()
		for _, c := range claimers {
			claim := func() {}
			if c.most(n) > 0 {
				claim = c.fill(n)
			}
			claims = append(claims, claim)
		}
		times := make([][]time.Duration, len(claimers))
		for turn := range 201 {
			for i, c := range claimers {
				if turn < c.most(n) {
					times[i] = append(times[i], took(claims[i]))
				}
			}
		}
		// The first claim, which may list the queue for all that follow, has no more
		// weight than the others: drain shows what the listing adds to each.
		for i, t := range times {
			if len(t) > 0 {
				b.curve[i].points = append(b.curve[i].points, point{n, median(t).Seconds()})
			}
		}
	}
	most := depths[len(depths)-1]
	deep := b.disk + "/depth" // it is still that deep
	one := func(q string) func() time.Duration {
		return func() time.Duration { return took(func() { b.command("", b.q("qdequeue"), q) }) }
	}
	shallow, _ := b.link("shallow", depths[0], ".pck")
	b.add(fmt.Sprintf("one qdequeue at depth %d, beside depth %d", most, depths[0]), pairs(b.runs(201),
		one(deep), func() time.Duration { defer back(shallow); return one(shallow)() }), 1.3)

	listing := func() time.Duration {
		forget(deep)
		return one(deep)()
	}
	b.add(fmt.Sprintf("one qdequeue at depth %d that lists it for those to come, beside C that reads the directory", most), pairs(b.runs(5),
		listing, func() time.Duration { return took(func() { b.command("", b.floor, "list", deep) }) }), 0)
}

// pythonClaim is one claim as a script would do it.
const pythonClaim = `import os, sys
q = sys.argv[1]
f = min(n for n in os.listdir(q) if n.endswith('.pck'))
open(os.path.join(q, f), 'rb').read()
os.rename(os.path.join(q, f), os.path.join(q, f[:-4] + '.bak'))`
