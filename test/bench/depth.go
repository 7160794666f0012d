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
		q, _ := b.fill("depth", n, ".pck")
		times := min(n/2, 200)
		claim := func() time.Duration {
			return took(func() { b.command("", b.q("qdequeue"), q) })
		}
		b.curve["qdequeue, a process a claim"] = append(b.curve["qdequeue, a process a claim"], point{n, claims(times, claim)})
		list := func() time.Duration {
			return took(func() {
				out := b.command("", "sh", "-c", `set -- "$0"/*.pck; mv -n "$1" "${1%.pck}.bak"`, q)
				_ = out
			})
		}
		if n <= 100_000 {
			b.curve["shell: list, sort, mv"] = append(b.curve["shell: list, sort, mv"], point{n, claims(min(times, 5), list)})
		}
		if py, err := exec.LookPath("python3"); err == nil {
			script := `import os,sys
q=sys.argv[1]
f=min(n for n in os.listdir(q) if n.endswith('.pck'))
d=open(os.path.join(q,f),'rb').read()
os.rename(os.path.join(q,f),os.path.join(q,f[:-4]+'.bak'))`
			p := func() time.Duration { return took(func() { b.command("", py, "-c", script, q) }) }
			b.curve["Python: list, read, rename"] = append(b.curve["Python: list, read, rename"], point{n, claims(min(times, 7), p)})
		}
	}
	ours := b.curve["qdequeue, a process a claim"]
	first, last := ours[0], ours[len(ours)-1]
	b.rows = append(b.rows, row{
		what: fmt.Sprintf("one qdequeue at depth %d, beside depth %d", last.depth, first.depth),
		ours: seconds(last.cost), other: seconds(first.cost), ratio: last.cost / first.cost, goal: 1.3,
	})
	b.queue("depth")
}

func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(10 * time.Microsecond).String()
}

// claims is the median cost of n claims. The first, which may have to list a
// queue for all that follow, is in the mean and not in the median.
func claims(n int, one func() time.Duration) float64 {
	var all []time.Duration
	for range n {
		all = append(all, one())
	}
	return median(all).Seconds()
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
