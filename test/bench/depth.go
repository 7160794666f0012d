package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// point is the cost of one claim, in seconds, at a depth.
type point struct {
	depth int
	cost  float64
}

// depth measures a process that claims one entry, at growing depths, beside
// one that lists the directory each time.
func (b *bench) depth() {
	depths := []int{10, 100, 1000, 10_000, 100_000, 1_000_000}
	if b.quick {
		depths = depths[:5]
	}
	for _, n := range depths {
		times := min(n/2, 200)
		b.claims("qdequeue", n, times, func(q string) { b.command("", b.q("qdequeue"), q) })
		if n > 100_000 {
			times = 3 // the others take seconds there
		}
		b.claims("shell: glob, mv", n, min(times, 5), func(q string) {
			b.command("", "sh", "-c", `set -- "$0"/*.pck; mv -n "$1" "${1%.pck}.bak"`, q)
		})
		if haveDirQueue() {
			b.dirQueueClaims(n, min(times, 7))
		}
		if _, err := os.Stat(python); err == nil {
			b.claims("Python: listdir, read, rename", n, min(times, 7), func(q string) { b.command("", python, "-c", pythonClaim, q) })
		}
	}
	most := depths[len(depths)-1]
	deep, _ := b.link("depth", most, ".pck")
	shallow, _ := b.link("shallow", depths[0], ".pck")
	one := func(q string) func() time.Duration {
		return func() time.Duration { return took(func() { b.command("", b.q("qdequeue"), q) }) }
	}
	one(deep)() // lists it for those that follow
	p := pairs(b.runs(201), one(deep), func() time.Duration { defer back(shallow); return one(shallow)() })
	b.add(fmt.Sprintf("one qdequeue at depth %d, beside depth %d", most, depths[0]), p, 1.3)
	b.queue("depth")
}

// pythonClaim is one claim as a script would make it.
const pythonClaim = `import os, sys
q = sys.argv[1]
f = min(n for n in os.listdir(q) if n.endswith('.pck'))
open(os.path.join(q, f), 'rb').read()
os.rename(os.path.join(q, f), os.path.join(q, f[:-4] + '.bak'))`

// claims measures a process that claims one entry of a queue.
func (b *bench) claims(name string, depth, times int, one func(queue string)) {
	q, _ := b.link("depth", depth, ".pck")
	b.measureClaims(name, depth, times, func() { one(q) })
}

// measureClaims adds the median of several claims to the curve. The first, which
// may list a queue for all that follow, weighs no more than the others.
func (b *bench) measureClaims(name string, depth, times int, one func()) {
	var all []time.Duration
	for range times {
		all = append(all, took(one))
	}
	b.curve[name] = append(b.curve[name], point{depth, median(all).Seconds()})
}

func (b *bench) curveTable() string {
	var s strings.Builder
	var names []string
	depths := map[int]bool{}
	for name, points := range b.curve {
		names = append(names, name)
		for _, p := range points {
			depths[p.depth] = true
		}
	}
	slices.Sort(names)
	slices.Reverse(names)
	var order []int
	for d := range depths {
		order = append(order, d)
	}
	slices.Sort(order)
	s.WriteString("| depth | " + strings.Join(names, " | ") + " |\n| ---: |" + strings.Repeat(" ---: |", len(names)) + "\n")
	for _, d := range order {
		fmt.Fprintf(&s, "| %d |", d)
		for _, name := range names {
			cell := ""
			for _, p := range b.curve[name] {
				if p.depth == d {
					cell = fmt.Sprintf("%.2f", p.cost*1000)
				}
			}
			s.WriteString(" " + cell + " |")
		}
		s.WriteString("\n")
	}
	return s.String()
}

func diskName(path string) string {
	out, err := exec.Command("findmnt", "-n", "-o", "FSTYPE", "-T", path).Output()
	if err != nil {
		return path
	}
	if _, err := os.Stat(path); err != nil {
		return path
	}
	return strings.TrimSpace(string(out)) + ", loop device"
}
