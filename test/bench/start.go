package main

import (
	"fmt"
	"time"
)

// commands has the names of all commands.
var commands = []string{"qenqueue", "qdequeue", "qfinish", "qrestore", "qstat", "qcat", "qrun"}

// start measures what each command costs before it looks at a queue, and shows the slowest.
func (b *bench) start() {
	var worst pair
	var slowest string
	all := table{title: "The start of each command (-V), beside an empty Go program with flags:",
		cells: [][]string{{"command", "ours", "beside it", "ratio"}}}
	for _, name := range commands {
		p := pairs(b.runs(101),
			func() time.Duration { return took(func() { b.command("", b.q(name), "-V") }) },
			func() time.Duration { return took(func() { b.command("", b.q("empty")) }) })
		if p.ratio > worst.ratio {
			worst, slowest = p, name
		}
		all.cells = append(all.cells, []string{name, round(p.ours), round(p.other), fmt.Sprintf("%.2f", p.ratio)})
	}
	b.tables = append(b.tables, all)
	b.add("start of the slowest of the commands, "+slowest+", beside an empty Go program with flags", worst, 1.25)
}
