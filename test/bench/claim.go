package main

import (
	"fmt"
	"strings"
	"time"
)

func (b *bench) claim() {
	for _, n := range []int{1000, b.size(100_000)} {
		q, names := b.fill("claim", n, ".pck")
		what, runs, arg := "qdequeue -n 1000", 41, []string{"-n", "1000", q}
		if n != 1000 {
			what, runs, arg = fmt.Sprintf("qdequeue -a of %d", n), 5, []string{"-a", q}
		}
		p := pairs(b.runs(runs),
			func() time.Duration {
				defer back(q)
				return took(func() { b.command("", b.q("qdequeue"), arg...) })
			},
			func() time.Duration {
				defer back(q)
				return took(func() { b.command(names, b.floor, "claim", q) })
			})
		b.add(what+", beside C that opens, reads and renames each", p, 1.5)
	}
	b.claimListing()
}

// claimListing measures the claim that lists a deep queue for those to come.
func (b *bench) claimListing() {
	n := b.size(100_000)
	q, names := b.fill("listing", n, ".pck")
	oldest := strings.Join(strings.SplitAfter(names, "\n")[:1000], "")
	p := pairs(b.runs(9),
		func() time.Duration {
			defer back(q)
			forget(q)
			return took(func() { b.command("", b.q("qdequeue"), "-n", "1000", q) })
		},
		func() time.Duration {
			defer back(q)
			return took(func() { b.command(oldest, b.floor, "list-claim", q) })
		})
	b.add(fmt.Sprintf("qdequeue -n 1000 at depth %d that lists it, beside C that lists, opens, reads and renames", n), p, 1.3)
}

func (b *bench) finish() {
	n := b.size(100_000)
	make := func() (string, string) { return b.fill("finish", n, ".bak") }
	p := pairs(b.runs(3),
		func() time.Duration {
			q, names := make()
			var paths strings.Builder
			for name := range strings.Lines(names) {
				paths.WriteString(q + "/" + strings.TrimSpace(name) + ".bak\n")
			}
			b.command("", "sync")
			return took(func() { b.command(paths.String(), b.q("qfinish"), "-") })
		},
		func() time.Duration {
			q, names := make()
			b.command("", "sync")
			return took(func() { b.command(names, b.floor, "finish", q) })
		})
	b.add(fmt.Sprintf("qfinish - of %d, beside C that unlinks and syncs once", n), p, 1.5)
}
