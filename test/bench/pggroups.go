package main

import (
	"fmt"
	"os"
	"time"
)

// pgGroups shows what commands gain that store and claim many messages in one transaction.
func (b *bench) pgGroups(s pgServer) {
	d, other := b.database(s), b.database(s)
	b.pattern(d, 4096)
	b.pattern(other, 4096)
	n := b.size(10_000)
	files := append([]string{"pg:out"}, b.files(n, 4096)...)
	b.add(fmt.Sprintf("qenqueue pg: of %d files of 4 KiB, beside pgbench that stores one by one", n), pairs(b.runs(3),
		func() time.Duration {
			d.fill(0)
			d.use()
			return took(func() { b.command("", b.q("qenqueue"), files...) })
		},
		func() time.Duration {
			other.fill(0)
			const part = 5 // one takes as long as another
			return part * s.script(other, storeScript, 1, n/part)
		}), 0)
	const claims = 1000
	dequeue := func() string {
		d.use()
		return b.command("", b.q("qdequeue"), "-n", fmt.Sprint(claims), "pg:out")
	}
	one := func(script string) func() time.Duration {
		return func() time.Duration {
			other.fill(claims)
			return s.script(other, script, 1, claims)
		}
	}
	b.add(fmt.Sprintf("qdequeue -n %d pg:, beside pgbench that claims one by one", claims), pairs(b.runs(7),
		func() time.Duration {
			d.fill(claims)
			return took(func() { dequeue() })
		}, one(claimScript)), 0)
	b.add("the same, then qfinish - of them, beside pgbench that claims and finishes one by one", pairs(b.runs(5),
		func() time.Duration {
			d.fill(claims)
			return took(func() { b.command(dequeue(), b.q("qfinish"), "-") })
		}, one(finishScript)), 0)
}

// pgMemory takes a big message into a queue, out of it and to its end.
func (b *bench) pgMemory(s pgServer) {
	size := 200
	if b.quick {
		size = 20
	}
	d := b.database(s)
	input := b.disk + "/big.eml"
	check(os.WriteFile(input, []byte(mail(1, size<<20)), 0o644))
	d.use()
	into, _ := b.peak(input, "qenqueue", "pg:out")
	claim, path := b.peak("", "qdequeue", "pg:out")
	out, _ := b.peak("", "qcat", path)
	finish, _ := b.peak("", "qfinish", path)
	for _, m := range []struct {
		what string
		mib  float64
	}{{"qenqueue pg:", into}, {"qdequeue pg:", claim}, {"qcat", out}, {"qfinish", finish}} {
		b.addMemory(fmt.Sprintf("memory of %s with a message of %d MB in pg:, beside what it may have", m.what, size), m.mib, mostMemory, 1)
	}
}
