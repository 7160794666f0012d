package main

import "time"

// start measures what a command costs before it looks at a queue.
func (b *bench) start() {
	p := pairs(b.runs(41),
		func() time.Duration { return took(func() { b.command("", b.q("qdequeue"), "-V") }) },
		func() time.Duration { return took(func() { b.command("", b.q("empty")) }) })
	b.add("start of a command, beside an empty Go program with flags", p, 1.5)
}
