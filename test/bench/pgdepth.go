package main

import (
	"fmt"
	"time"

	"switchboard/pkg/pgqueue"
)

// pgDepth measures claims from a deep queue, beside a shallow one in a database of its own.
func (b *bench) pgDepth(s pgServer) {
	depths := [2]int{b.size(1_000_000), 10}
	var all [2]pgDatabase
	for i, n := range depths {
		all[i] = b.database(s)
		b.pattern(all[i], 200)
		all[i].fill(n)
	}
	command := func(d pgDatabase) func() time.Duration {
		return func() time.Duration {
			d.use()
			defer d.back()
			return took(func() { b.command("", b.q("qdequeue"), "pg:out") })
		}
	}
	b.add(fmt.Sprintf("one qdequeue pg: at depth %d, beside depth %d", depths[0], depths[1]),
		pairs(b.runs(61), command(all[0]), command(all[1])), 1.3)

	// Without the start of a process, little hides what the depth costs.
	const each = 5
	workers, close := openBoth(all)
	defer close()
	worker := func(q *pgqueue.Queue) func() time.Duration {
		text := mail(1, 200)
		return func() time.Duration {
			storeSome(q, text, each)
			return took(func() { finishSome(q, each) })
		}
	}
	b.add(fmt.Sprintf("%d claims and finishes of a pg: worker at depth %d, beside depth %d", each, depths[0], depths[1]),
		pairs(b.runs(101), worker(workers[0]), worker(workers[1])), 1.3)
}
