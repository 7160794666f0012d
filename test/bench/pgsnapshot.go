package main

import (
	"fmt"
	"slices"
	"time"

	"switchboard/pkg/pgqueue"
)

// pgSnapshot measures claims and finishes while somebody holds a snapshot, which keeps the rows
// of all that was finished since, beside a database where nobody does.
func (b *bench) pgSnapshot(s pgServer) {
	held, most := time.Minute, 1000
	if b.quick {
		held, most = 10*time.Second, 200
	}
	// each is how many entries are claimed in turn. The median of their times would leave out
	// the search from the beginning, which is made every few seconds.
	const each = 25
	text := mail(1, 200)
	run := func(q *pgqueue.Queue) func() time.Duration {
		batch := q.NewBatch(func(string) error { return nil })
		storeMany := func(n int) {
			for range n {
				store(batch, text)
			}
			check(batch.Flush())
		}
		storeMany(most)
		return func() time.Duration {
			storeMany(each)
			return took(func() { finishSome(q, each) })
		}
	}
	with, without := b.database(s), b.database(s)
	workers, close := openBoth([2]pgDatabase{with, without})
	defer close()
	ours, other := run(workers[0]), run(workers[1])
	// A statement holds its snapshot for as long as it runs. The server's end ends this one.
	go with.Rows("select pg_sleep(3600)")
	start := time.Now()
	var a, c []time.Duration
	rounds := 0
	for ; time.Since(start) < held; rounds++ {
		x, y := ours(), other()
		if time.Since(start) > held/2 {
			a, c = append(a, x), append(c, y)
		}
	}
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = float64(a[i]) / float64(c[i])
	}
	slices.Sort(ratios)
	mean := func(list []time.Duration) time.Duration {
		var sum time.Duration
		for _, d := range list {
			sum += d
		}
		return sum / time.Duration(len(list)*each)
	}
	b.add(fmt.Sprintf("mean of a claim and finish of a pg: worker, %s into %s of a snapshot held elsewhere and %d entries gone, beside none held",
		held/2, held, rounds*each),
		pair{mean(a), mean(c), float64(mean(a)) / float64(mean(c)), ratios[len(ratios)/4], ratios[len(ratios)-1-len(ratios)/4]}, 1.5)
}
