package soak

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

// ledger has what was asked of the commands and what they said, about every message.
type ledger struct {
	mu sync.Mutex
	// clock counts what is noted, to tell before from after.
	clock int
	// offers counts, by the sum of a message, how often it was given to be stored; that is once.
	offers map[string]int
	// junk has the sums of what may be discarded.
	junk map[string]bool
	// stored has the sum of each entry whose path was printed, by its file base. It is "" for one of
	// a batch that was not stored as a whole: none of them is junk.
	stored map[string]string
	// handled has what handlers got, by file base.
	handled map[string][]delivery
	// finished has when the end of an entry was reported, by file base.
	finished map[string]int
	// agains counts how often an entry may have been put back uncounted, or counted from 0 again.
	agains       map[string]int
	mistakes     []string
	kills, fulls int
}

// delivery is what a handler got.
type delivery struct {
	sum, by  string
	restores int
}

func newLedger() *ledger {
	return &ledger{
		offers: map[string]int{}, junk: map[string]bool{}, stored: map[string]string{}, handled: map[string][]delivery{},
		finished: map[string]int{}, agains: map[string]int{},
	}
}

func sum(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text)) }

func base(path string) string {
	id, _ := queue.SplitName(filepath.Base(path))
	return id.String()
}

// note does something to the ledger.
func (n *ledger) note(do func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.clock++
	do()
}

// wrong notes what must never be.
func (n *ledger) wrong(format string, args ...any) {
	n.note(func() { n.mistakes = append(n.mistakes, fmt.Sprintf(format, args...)) })
}

func (n *ledger) faults() (count int) {
	n.note(func() { count = len(n.mistakes) })
	return count
}

func (n *ledger) now() (clock int) {
	n.note(func() { clock = n.clock })
	return clock
}

func (n *ledger) kill() { n.note(func() { n.kills++ }) }
func (n *ledger) full() { n.note(func() { n.fulls++ }) }

// offer notes a message before it is stored.
func (n *ledger) offer(text []byte) {
	n.note(func() {
		n.offers[sum(text)]++
		n.junk[sum(text)] = bytes.Contains(text[:min(len(text), 200)], []byte("Subject: "+junk))
	})
}

// store notes what qenqueue printed of texts.
func (n *ledger) store(r harness.Result, texts ...[]byte) {
	printed := strings.Fields(r.Out)
	if r.Status == 0 && len(printed) != len(texts) || len(printed) > len(texts) {
		n.wrong("qenqueue of %d messages: %+v", len(texts), r)
		return
	}
	if r.Status == -1 && !strings.HasSuffix(r.Out, "\n") && len(printed) > 0 {
		printed = printed[:len(printed)-1] // a part of a path
	}
	for i, path := range printed {
		var text []byte
		if r.Status == 0 || len(texts) == 1 {
			text = texts[i]
		}
		n.storeBase(base(path), text)
	}
}

// storeBase notes that a message was stored. Text is nil if it is any of several.
func (n *ledger) storeBase(b string, text []byte) {
	s := ""
	if text != nil {
		s = sum(text)
	}
	n.note(func() {
		if _, twice := n.stored[b]; twice {
			n.mistakes = append(n.mistakes, fmt.Sprintf("%s was printed twice", b))
		}
		n.stored[b] = s
	})
}

func (n *ledger) acknowledged() (count int) {
	n.note(func() { count = len(n.stored) })
	return count
}

// claim notes that an entry was claimed by a command that was started at a moment.
func (n *ledger) claim(path string, started int) {
	n.note(func() {
		if ended, ok := n.finished[base(path)]; ok && ended < started {
			n.mistakes = append(n.mistakes, fmt.Sprintf("%s was finished and then claimed", path))
		}
	})
}

// handle notes what a handler got.
func (n *ledger) handle(path string, text []byte, restores int) {
	n.handleSum(path, sum(text), "a loop", restores)
}

func (n *ledger) handleSum(path, sum, by string, restores int) {
	n.note(func() { n.handled[base(path)] = append(n.handled[base(path)], delivery{sum, by, restores}) })
}

// finish notes that entries were finished, as qfinish said.
func (n *ledger) finish(paths []string) {
	n.note(func() {
		for _, p := range paths {
			n.finished[base(p)] = n.clock
		}
	})
}

// again notes that entries, a line each, may be put back uncounted, or counted from 0.
func (n *ledger) again(paths string) {
	n.note(func() {
		for p := range strings.FieldsSeq(paths) {
			n.agains[base(p)]++
		}
	})
}

// compare returns what is wrong once all queues are empty.
func (n *ledger) compare() []string {
	wrong := n.mistakes
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	entries := map[string]int{}
	for b, all := range n.handled {
		times := map[int]int{}
		entries[all[0].sum]++
		for _, d := range all {
			times[d.restores]++
			if d.sum != all[0].sum || n.offers[d.sum] == 0 {
				add("%s was handled with the body %s, which nobody stored", b, d.sum)
			}
			if times[d.restores] == n.agains[b]+2 {
				add("%s was handled again with no restore between: %v, put back %d times", b, all, n.agains[b])
			}
		}
	}
	for b, sum := range n.stored {
		switch all := n.handled[b]; {
		case len(all) == 0 && !n.junk[sum]:
			add("%s was stored and is lost", b)
		case len(all) > 0 && sum != "" && all[0].sum != sum:
			add("%s was stored with the body %s and handled with %s", b, sum, all[0].sum)
		}
	}
	for sum, count := range entries {
		if count > n.offers[sum] {
			add("the body %s was stored %d times and is in %d entries", sum, n.offers[sum], count)
		}
	}
	return wrong
}

// summary says how much was compared.
func (n *ledger) summary() string {
	deliveries, more := 0, 0
	for _, all := range n.handled {
		deliveries += len(all)
		if len(all) > 1 {
			more++
		}
	}
	return fmt.Sprintf("%d messages offered, %d acknowledged, %d entries handled %d times, %d of them more than once; %d kills, the disk was full %d times",
		len(n.offers), len(n.stored), len(n.handled), deliveries, more, n.kills, n.fulls)
}
