package main

import (
	"fmt"
	"os"
	"time"
)

// run runs true for each entry of a queue.
func (b *bench) run() {
	n := b.size(2000)
	fresh := func() (q, names string) {
		q, names = b.fill("run", n, ".pck")
		b.command("", "sync")
		return q, names
	}
	qrun := func(jobs int) func() time.Duration {
		return func() time.Duration {
			q, _ := fresh()
			return took(func() { b.command("", b.q("qrun"), "-j", fmt.Sprint(jobs), q, "true") })
		}
	}
	xargs := func(jobs int) func() time.Duration {
		return func() time.Duration {
			_, names := fresh() // what ours has to write to the disk, the disk has here too
			return took(func() { b.command(names, "xargs", "-n1", fmt.Sprint("-P", jobs), "true") })
		}
	}
	floor := func(how string) func() time.Duration {
		return func() time.Duration {
			q, names := fresh()
			return took(func() { b.command(names, b.floor, how, q) })
		}
	}
	for _, how := range []struct {
		jobs int
		goal float64
	}{{1, 1}, {2, 1.2}, {8, 1.2}} {
		r := b.add(fmt.Sprintf("qrun -j%d of %d, true for each, durable, beside xargs -n1 -P%d, which syncs nothing", how.jobs, n, how.jobs),
			pairs(b.runs(5), qrun(how.jobs), xargs(how.jobs)), how.goal)
		r.peer, r.main = "xargs", how.jobs == 1
	}
	b.add(fmt.Sprintf("qrun -j1 of %d, beside C that claims, spawns true and unlinks, with a sync each", n), pairs(b.runs(3), qrun(1), floor("spawn-sync")), 0)
	b.add(fmt.Sprintf("qrun -j1 of %d, beside the same C with one sync at the end", n), pairs(b.runs(3), qrun(1), floor("spawn")), 0)
	b.storeAndRun()
}

// storeAndRun stores messages with a process each, and runs true for each.
func (b *bench) storeAndRun() {
	if !have("nq", "nq") {
		return
	}
	n := b.size(200)
	loop := fmt.Sprintf(`i=0; while [ $i -lt %d ]; do "$@" <"$0" >/dev/null || exit; i=$((i+1)); done`, n)
	file := b.files(1, 4096)[0]
	p := pairs(b.runs(7),
		func() time.Duration {
			q := b.queue("run")
			return took(func() {
				b.command("", "sh", "-c", loop, file, b.q("qenqueue"), q)
				b.command("", b.q("qrun"), q, "true")
			})
		},
		func() time.Duration {
			q := b.queue("nq")
			check(os.Setenv("NQDIR", q))
			return took(func() {
				b.command("", "sh", "-c", loop, file, "nq", "true")
				b.command("", "nq", "-w")
			})
		})
	b.add(fmt.Sprintf("%d times qenqueue, then one qrun of true, beside %d times nq true, then nq -w, which syncs nothing", n, n), p, 0).peer = "nq"
}
