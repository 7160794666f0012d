package main

import (
	"fmt"
	"os"
	"strings"
)

// bytesPerEntry is what a command may keep of each entry: a name has 60.
const bytesPerEntry = 100

// growth measures how much memory each further entry of a queue costs.
func (b *bench) growth() {
	for _, how := range []struct {
		what      string
		few, many int
		// own is set if the command locks the entries or writes to them: they cannot
		// share files then.
		own  bool
		make string
	}{
		{"qdequeue -a", 10_000, 200_000, true, ".pck"},
		{"qrestore", 10_000, 100_000, true, ".bak"},
		{"qstat -e", 10_000, 1_000_000, false, ".pck"},
	} {
		make := b.link
		if how.own {
			make = b.fill
		}
		words := strings.Fields(how.what)
		memory := func(n int) float64 {
			q, _ := make("growth", n, how.make)
			mib, _ := b.peak("", words[0], append(words[1:], q)...)
			check(os.RemoveAll(q))
			return mib
		}
		few, many := b.size(how.few), b.size(how.many)
		each := max(memory(many)-memory(few), 0) * (1 << 20) / float64(many-few)
		b.addRow(row{what: fmt.Sprintf("memory of %s for each entry from %d to %d, beside what it may have", how.what, few, many),
			ours: fmt.Sprintf("%.0f bytes", each), other: fmt.Sprintf("%d bytes", bytesPerEntry), ratio: each / bytesPerEntry, goal: 1})
	}
}
