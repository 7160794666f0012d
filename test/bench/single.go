package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// single measures what a script calls for each message: one entry, a process each.
func (b *bench) single() {
	b.singleClaim()
	b.singleFinish()
	b.singleCat()
}

// stored stores one message of 4 KiB in a queue, and returns its path without extension.
func (b *bench) stored(q string, options ...string) string {
	path := strings.TrimSpace(b.command(mail(0, 4096), b.q("qenqueue"), append(options, q)...))
	return strings.TrimSuffix(path, ".pck")
}

func (b *bench) singleClaim() {
	q := b.queue("claim")
	p := pairs(b.runs(101),
		func() time.Duration {
			path := b.stored(q)
			defer func() { check(os.Remove(path + ".bak")) }()
			return took(func() { b.command("", b.q("qdequeue"), q) })
		},
		func() time.Duration {
			path := b.stored(q)
			defer func() { check(os.Remove(path + ".bak")) }()
			return took(func() { b.command(filepath.Base(path), b.floor, "list-claim", q) })
		})
	b.add("one qdequeue, beside C that lists, opens, reads and renames", p, 2).main = true

	const beside = 100_000
	n := b.size(beside)
	deep, _ := b.link("inflight", n, ".bak")
	shallow := b.queue("alone")
	cycle := func(q string) func() time.Duration {
		return func() time.Duration {
			path := b.stored(q)
			defer b.command("", b.q("qfinish"), path+".bak")
			return took(func() { b.command("", b.q("qdequeue"), q) })
		}
	}
	b.add(fmt.Sprintf("one qdequeue of 1 ready entry with %d in flight, beside the same with none", n),
		pairs(b.runs(41), cycle(deep), cycle(shallow)), 1.3)
}

func (b *bench) singleFinish() {
	q := b.queue("finish")
	claimed := func() string {
		path := b.stored(q) + ".bak"
		b.command("", b.q("qdequeue"), q)
		b.command("", "sync")
		return path
	}
	p := pairs(b.runs(41),
		func() time.Duration {
			path := claimed()
			return took(func() { b.command("", b.q("qfinish"), path) })
		},
		func() time.Duration {
			base := strings.TrimSuffix(filepath.Base(claimed()), ".bak")
			return took(func() { b.command(base, b.floor, "finish", q) })
		})
	b.add("one qfinish, durable, beside C that unlinks and syncs", p, 2).main = true
}

func (b *bench) singleCat() {
	for _, format := range []string{"mailman2", "mailman3"} {
		q := b.queue(format)
		path := b.stored(q, "-f", format) + ".pck"
		p := pairs(b.runs(101),
			func() time.Duration { return took(func() { b.command("", b.q("qcat"), path) }) },
			func() time.Duration { return took(func() { b.command("", b.floor, "cat", q, path) }) })
		b.add("qcat of one 4 KiB entry of "+format+", beside C that reads and writes it", p, 2).main = format == "mailman2"
	}
}
