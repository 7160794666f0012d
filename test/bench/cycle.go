package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// cycle is the cost of a message by one way to store, claim, show and finish it.
type cycle struct {
	name string
	ours bool
	// loses is what a power cut may lose of a message that was stored.
	loses string
	// cost is in seconds per message.
	cost float64
}

// milliseconds returns the cost with two digits or more.
func (c cycle) milliseconds() string {
	ms := c.cost * 1000
	switch {
	case ms < 1:
		return fmt.Sprintf("%.2f", ms)
	case ms < 10:
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprintf("%.0f", ms)
}

// cycler takes messages through a queue of its own, and returns how long that took.
type cycler struct {
	cycle
	messages int
	run      func(queue string, files []string) time.Duration
}

const (
	losesNothing = "a power cut loses nothing"
	losesName    = "syncs the file, not its name"
	losesAll     = "syncs nothing"
)

// cycle measures the whole way of a message, beside other queues. All take turns.
func (b *bench) cycle() {
	all := b.cyclers()
	times := make([][]float64, len(all))
	files := b.files(1000, 4096)
	for range b.runs(7) {
		for i, c := range all {
			q := b.queue("cycle")
			b.command("", "sync")
			times[i] = append(times[i], c.run(q, files[:c.messages]).Seconds()/float64(c.messages))
		}
	}
	for i, c := range all {
		c.cost = median(times[i])
		b.cycles = append(b.cycles, c.cycle)
	}
}

func (b *bench) cyclers() []cycler {
	// script runs a shell script with the queue as $q and the messages as arguments.
	script := func(text string) func(string, []string) time.Duration {
		return func(q string, files []string) time.Duration {
			head := "set -e; PATH=" + b.bin + ":$PATH; q=$0\n"
			return took(func() { b.command("", "sh", append([]string{"-c", head + text, q}, files...)...) })
		}
	}
	batch := script(`qenqueue "$q" "$@" >/dev/null
qdequeue -n $# "$q" >"$q.list"
qcat --json - <"$q.list" >/dev/null
qfinish - <"$q.list"`)
	all := []cycler{
		{cycle{"qenqueue, qdequeue, qcat, qfinish", true, losesNothing, 0}, 50,
			script(`for m; do qenqueue "$q" "$m" >/dev/null; e=$(qdequeue "$q"); qcat "$e" >/dev/null; qfinish "$e"; done`)},
		{cycle{"the same, in batches of 100", true, losesNothing, 0}, 100, batch},
		{cycle{"the same, in batches of 1000", true, losesNothing, 0}, 1000, batch},
		{cycle{"qenqueue for each, then qrun cat", true, losesNothing, 0}, 100,
			script(`for m; do qenqueue "$q" "$m" >/dev/null; done; qrun "$q" cat >/dev/null`)},
		{cycle{"qenqueue of 1000, then qrun cat", true, losesNothing, 0}, 1000,
			script(`qenqueue "$q" "$@" >/dev/null; qrun "$q" cat >/dev/null`)},
	}
	if have("safecat", "safecat") {
		all = append(all, cycler{cycle{"shell: safecat, mv, cat, rm", false, losesName, 0}, 100,
			script(`mkdir "$q/tmp" "$q/new" "$q/cur"
for m; do e=$(safecat "$q/tmp" "$q/new" <"$m"); mv -n "$q/new/$e" "$q/cur/$e"; cat "$q/cur/$e" >/dev/null; rm "$q/cur/$e"; done`)})
	}
	if have("nq", "nq") {
		all = append(all, cycler{cycle{"nq cat for each, nq -w", false, losesAll, 0}, 100,
			script(`export NQDIR="$q"; for m; do nq -c cat "$m" >/dev/null; done; nq -w`)})
	}
	if have("tsp", "task-spooler") {
		all = append(all, cycler{cycle{"tsp cat for each, tsp -w", false, "keeps jobs in memory only", 0}, 100,
			script(`export TS_SOCKET="$q/tsp"; for m; do tsp -n cat "$m" >/dev/null; done; tsp -w; tsp -K`)})
	}
	if haveDirQueue() {
		all = append(all, cycler{cycle{"dirq, in one Python process", false, losesAll, 0}, 1000,
			func(q string, files []string) time.Duration {
				return seconds(b.command("", python, append([]string{"-c", dirQueue, q, "cycle"}, files...)...))
			}})
	}
	for _, m := range mailmans {
		if b.works(m) {
			all = append(all, cycler{cycle{m.name + ", in one Python process", false, losesName, 0}, 1000,
				func(q string, files []string) time.Duration {
					defer os.RemoveAll(q + m.format)
					return b.theirs(m, q+m.format, "cycle", strconv.Itoa(len(files)), files[0])
				}})
		}
	}
	return all
}

// seconds reads what a Python program printed.
func seconds(text string) time.Duration {
	s, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	check(err)
	return time.Duration(s * float64(time.Second))
}

// cycleCells returns the cycles as a table.
func (b *bench) cycleCells() [][]string {
	cells := [][]string{{"how", "ms", "promise"}}
	for _, c := range b.cycles {
		cells = append(cells, []string{c.name, c.milliseconds(), c.loses})
	}
	return cells
}
