package main

import (
	"fmt"
	"strings"
	"time"
)

func (b *bench) restore() {
	n := b.size(10_000)
	p := pairs(b.runs(5),
		func() time.Duration {
			q, _ := b.fill("restore", n, ".bak")
			b.command("", "sync")
			return took(func() { b.command("", b.q("qrestore"), q) })
		},
		func() time.Duration {
			q, names := b.fill("restore", n, ".bak")
			b.command("", "sync")
			return took(func() { b.command(names, b.floor, "restore", q) })
		})
	// The goal is eight times Mailman's rate; C that keeps the order of the steps is
	// twelve times as fast.
	b.add(fmt.Sprintf("qrestore of %d, beside C that appends, syncs, flips, syncs and renames", n), p, 1.5).main = true

	big, small := b.queue("big"), b.queue("small")
	b.command(mail(1, 20<<20), b.q("qenqueue"), big)
	b.command(mail(1, 2<<10), b.q("qenqueue"), small)
	restore := func(q string) func() time.Duration {
		return func() time.Duration {
			path := strings.TrimSpace(b.command("", b.q("qdequeue"), q))
			return took(func() { b.command("", b.q("qrestore"), "--max-restores", "0", path) })
		}
	}
	b.add("qrestore of a 20 MB entry, beside one of 2 KB", pairs(b.runs(21), restore(big), restore(small)), 1.2)
}
