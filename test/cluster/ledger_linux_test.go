package cluster

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"switchboard/pkg/queue"
)

// ledger has what the commands said about every message.
type ledger struct {
	mu sync.Mutex
	// offers counts, by the sum of a body, how often it was given to qenqueue without a file
	// base. Each of those may have stored it, even if qenqueue could not say so.
	offers map[string]int
	// stored has the sum of each entry whose path was printed, by its file base.
	stored map[string]string
	// handled has what a handler got, by file base.
	handled map[string][]delivery
	// finished has the last generation of a claim whose finish was reported, by file base.
	finished map[string]int64
	mistakes []string
}

// delivery is what a handler got.
type delivery struct {
	generation int64
	restores   int
	sum        string
}

func newLedger() *ledger {
	return &ledger{offers: map[string]int{}, stored: map[string]string{}, handled: map[string][]delivery{}, finished: map[string]int64{}}
}

// wrong notes that a command did what it must never do.
func (n *ledger) wrong(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mistakes = append(n.mistakes, fmt.Sprintf(format, args...))
}

func (n *ledger) errors() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.mistakes)
}

// offer notes bodies before they are stored.
func (n *ledger) offer(sums []string, named bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, sum := range sums {
		if n.offers[sum]++; named {
			n.offers[sum] = 1
		}
	}
}

// store notes the printed paths of bodies.
func (n *ledger) store(paths, sums []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, p := range paths {
		b, _ := split(p)
		if old, ok := n.stored[b]; ok {
			n.mistakes = append(n.mistakes, fmt.Sprintf("%s was printed for %s and for %s", p, old, sums[i]))
		}
		n.stored[b] = sums[i]
	}
}

// acknowledged is the number of entries that were reported as stored.
func (n *ledger) acknowledged() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.stored)
}

// done is the number of entries that were reported as finished.
func (n *ledger) done() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.finished)
}

// waiting is the number of entries that were reported as stored, and not as finished.
func (n *ledger) waiting() int { return n.acknowledged() - n.done() }

// handle notes what a handler got.
func (n *ledger) handle(entry, sum string, restores int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	b, generation := split(entry)
	n.handled[b] = append(n.handled[b], delivery{generation, restores, sum})
}

// finish notes that claims were reported as finished.
func (n *ledger) finish(entries []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range entries {
		b, generation := split(e)
		n.finished[b] = max(n.finished[b], generation)
	}
}

// split splits the path of an entry, pg:in/BASE.bak@7, into its file base and generation.
func split(entry string) (base string, generation int64) {
	name, token, _ := strings.Cut(path.Base(entry), "@")
	generation, _ = strconv.ParseInt(token, 10, 64)
	id, _ := queue.SplitName(name)
	return id.String(), generation
}

// readHandled reads the log of qrun's handlers.
func (n *ledger) readHandled(file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		n.wrong("%v", err)
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		var metadata struct {
			Restores int `json:"_bak_count"`
		}
		if len(fields) != 3 || json.Unmarshal([]byte(fields[2]), &metadata) != nil {
			n.wrong("a handler noted %q", line)
			continue
		}
		n.handle(fields[0], fields[1], metadata.Restores)
	}
}

// compare returns what is wrong once the queue is empty.
func (n *ledger) compare() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	wrong := n.mistakes
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	entries := map[string]int{}
	for base, all := range n.handled {
		sum, generations, restores := all[0].sum, map[int64]bool{}, map[int]bool{}
		entries[sum]++
		for _, d := range all {
			if d.sum != sum || n.offers[d.sum] == 0 {
				add("%s was handed out with the body %s", base, d.sum)
			}
			if generations[d.generation] {
				add("%s was handed out twice in one claim: %v", base, all)
			}
			if restores[d.restores] {
				add("%s was claimed twice without a restore between: %v", base, all)
			}
			if last, ok := n.finished[base]; ok && d.generation > last {
				add("%s was finished in generation %d and claimed again: %v", base, last, all)
			}
			generations[d.generation], restores[d.restores] = true, true
		}
	}
	for base, sum := range n.stored {
		switch all := n.handled[base]; {
		case len(all) == 0:
			add("%s was stored and is lost", base)
		case all[0].sum != sum:
			add("%s was stored with the body %s and has %s", base, sum, all[0].sum)
		}
	}
	for sum, count := range entries {
		if count > n.offers[sum] {
			add("the body %s was offered %d times and is in %d entries", sum, n.offers[sum], count)
		}
	}
	return wrong
}

// summary says how much was compared.
func (n *ledger) summary() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	again, deliveries := 0, 0
	for _, all := range n.handled {
		deliveries += len(all)
		if len(all) > 1 {
			again++
		}
	}
	return fmt.Sprintf("%d bodies, %d entries acknowledged, %d finished, %d deliveries, %d entries delivered more than once",
		len(n.offers), len(n.stored), len(n.finished), deliveries, again)
}
