package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// list looks at a deep queue by its names.
func (b *bench) list() {
	n := b.size(1_000_000)
	q, _ := b.link("list", n, ".pck")
	floor := func(what string) func() time.Duration {
		return func() time.Duration { return took(func() { b.command("", b.floor, what, q) }) }
	}
	qstat := func(options ...string) func() time.Duration {
		return func() time.Duration { return took(func() { b.command("", b.q("qstat"), append(options, q)...) }) }
	}
	b.command("", b.floor, "list", q)
	b.add(fmt.Sprintf("qstat of %d, beside C that reads the directory", n), pairs(b.runs(9), qstat(), floor("list")), 1.2).main = true
	b.add(fmt.Sprintf("qstat --count ready of %d, beside C that reads the directory", n),
		pairs(b.runs(9), qstat("--count", "ready"), floor("list")), 1.2)
	b.add(fmt.Sprintf("qstat -e of %d, beside C that reads, sorts and prints", n), pairs(b.runs(7), qstat("-e"), floor("sorted")), 1.3)
	ls := func() time.Duration { return took(func() { b.command("", "env", "LC_ALL=C", "ls", q) }) }
	b.add(fmt.Sprintf("qstat -e of %d, beside ls with LC_ALL=C", n), pairs(b.runs(5), qstat("-e"), ls), 0).peer = "ls"
	mib, _ := b.peak("", "qstat", "-e", q)
	b.addMemory(fmt.Sprintf("memory of qstat -e of %d entries, beside what it may have", n), mib, 100e6/(1<<20), 1)

	// One entry was left in flight by a crash. It has a file of its own, because a restore
	// writes to it.
	path := b.stored(q)
	p := pairs(b.runs(9),
		func() time.Duration {
			check(os.Rename(path+".pck", path+".bak"))
			var out string
			d := took(func() { out = b.command("", b.q("qrestore"), "--max-restores", "0", q) })
			if strings.TrimSpace(out) != path+".pck" {
				panic("qrestore prints " + out)
			}
			return d
		}, floor("list"))
	b.add(fmt.Sprintf("qrestore of a queue with 1 in flight and %d ready, beside C that reads the directory", n), p, 1.15)
}

// read reads each entry of a queue.
func (b *bench) read() {
	n := b.size(100_000)
	q, _ := b.fill("read", n, ".pck")
	for _, how := range []string{"-l", "--check"} {
		p := pairs(b.runs(7),
			func() time.Duration { return took(func() { b.command("", b.q("qstat"), how, q) }) },
			func() time.Duration { return took(func() { b.command("", b.floor, "read", q) }) })
		b.add(fmt.Sprintf("qstat %s of %d, beside C that opens and reads each", how, n), p, 1.4)
	}
	// What is chosen by its content is read once, for choosing and for showing. Groups read
	// what -l reads, or less.
	for _, args := range [][]string{{"-l", "--sender", "."}, {"-l", "--sender", "nobody"}, {"--by", "list"}, {"--by", "recipient-domain"}} {
		p := pairs(b.runs(7),
			func() time.Duration {
				return took(func() { b.command("", b.q("qstat"), append(args, q)...) })
			},
			func() time.Duration { return took(func() { b.command("", b.q("qstat"), "-l", q) }) })
		b.add(fmt.Sprintf("qstat %s of %d, beside qstat -l", strings.Join(args, " "), n), p, 1.2)
	}
}
