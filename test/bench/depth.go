package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// series is how one program's cost of a claim grows.
type series struct {
	name   string
	points []point
}

// point is the cost of one claim, in seconds, at a depth.
type point struct {
	depth int
	cost  float64
}

// depth measures a process that claims one entry, at growing depths, beside
// ones that list the directory each time.
func (b *bench) depth() {
	depths := []int{10, 100, 1000, 10_000, 100_000, 1_000_000}
	if b.quick {
		depths = depths[:5]
	}
	one := func(q string) func() time.Duration {
		return func() time.Duration { return took(func() { b.command("", b.q("qdequeue"), q) }) }
	}
	_, err := os.Stat(python)
	var deep string
	b.curve = []series{{name: "qdequeue"}}
	for _, n := range depths {
		deep, _ = b.link("depth", n, ".pck")
		times := 7
		if n > 100_000 {
			times = 3 // they take seconds there
		}
		claims := func(name string, times int, program string, args ...string) {
			b.measureClaims(name, n, times, func() { b.command("", program, args...) })
			back(deep)
		}
		claims("shell: glob, mv", times, "sh", "-c", `set -- "$0"/*.pck; mv -n "$1" "${1%.pck}.bak"`, deep)
		if err == nil {
			claims("Python: listdir, read, rename", times, python, "-c", pythonClaim, deep)
		}
		if haveDirQueue() {
			b.dirQueueClaims(n, times)
		}
		// The last, for the others' claims would make its listing old.
		b.measureClaims("qdequeue", n, min(n-1, 200), func() { one(deep)() })
	}
	shallow, _ := b.link("shallow", depths[0], ".pck")
	most := depths[len(depths)-1]
	b.add(fmt.Sprintf("one qdequeue at depth %d, beside depth %d", most, depths[0]), pairs(b.runs(201),
		one(deep), func() time.Duration { defer back(shallow); return one(shallow)() }), 1.3)

	// What is restored is older than all that was listed.
	listing := func() time.Duration {
		path := strings.TrimSpace(b.command("", b.q("qdequeue"), deep))
		b.command("", b.q("qrestore"), "--max-restores", "0", path)
		return one(deep)()
	}
	b.add(fmt.Sprintf("one qdequeue at depth %d that lists it for those to come, beside C that reads the directory", most), pairs(b.runs(5),
		listing, func() time.Duration { return took(func() { b.command("", b.floor, "list", deep) }) }), 0)
}

// pythonClaim is one claim as a script would make it.
const pythonClaim = `import os, sys
q = sys.argv[1]
f = min(n for n in os.listdir(q) if n.endswith('.pck'))
open(os.path.join(q, f), 'rb').read()
os.rename(os.path.join(q, f), os.path.join(q, f[:-4] + '.bak'))`

// measureClaims adds the median of several claims to the curve. The first, which
// may list a queue for all that follow, weighs no more than the others: drain
// shows what it adds to each.
func (b *bench) measureClaims(name string, depth, times int, one func()) {
	var all []time.Duration
	for range times {
		all = append(all, took(one))
	}
	p := point{depth, median(all).Seconds()}
	for i := range b.curve {
		if b.curve[i].name == name {
			b.curve[i].points = append(b.curve[i].points, p)
			return
		}
	}
	b.curve = append(b.curve, series{name, []point{p}})
}
