package power

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"switchboard/test/harness/disk"
)

// result counts cuts: after how many something was wrong, and the first of that.
type result struct {
	wrong, looked int
	first         []string
}

// cut cuts the power n times, and looks at what is left.
func (r *run) cut(t *testing.T, n int) (all result) {
	t.Helper()
	start := time.Now()
	random := rand.New(rand.NewPCG(r.seed, uint64(n)))
	p, err := openPlatter(r.log, r.base)
	if err != nil {
		t.Fatal(err)
	}
	defer p.image.Close()
	where, first := r.moments()
	var ledgers [workers]*ledger
	for i := range ledgers {
		ledgers[i] = newLedger()
	}
	at := 0
	for i, place := range r.log.places(n, first, random) {
		for ; at <= place; at++ {
			if m, is := where[at]; is {
				ledgers[m.worker].add(r.events[m.worker][m.number])
			}
		}
		wrong := r.look(t, p, place, random, &ledgers, i%5 == 0)
		if len(wrong) > 0 {
			all.wrong++
		}
		for _, w := range wrong[:min(len(wrong), 5)] {
			if len(all.first) < 20 {
				all.first = append(all.first, fmt.Sprintf("cut behind %d: %s", place, w))
			}
		}
		for _, l := range ledgers {
			all.looked += len(l.entries)
		}
	}
	t.Logf("%s: %d cuts, %d entries looked for, %d cuts wrong, in %v", r.name, n, all.looked, all.wrong, time.Since(start).Round(time.Second))
	return all
}

// moment is an event in the log.
type moment struct{ worker, number int }

// moments finds the events in the log, and the first of them.
func (r *run) moments() (where map[int]moment, first int) {
	where, first = map[int]moment{}, -1
	for i, w := range r.log.writes {
		if worker, number, is := r.log.told(w); is {
			where[i] = moment{worker, number}
			if first < 0 {
				first = i
			}
		}
	}
	return where, first
}

// look mounts the disk as a cut leaves it, and compares it with what was told.
func (r *run) look(t *testing.T, p *platter, place int, random *rand.Rand, ledgers *[workers]*ledger, use bool) (wrong []string) {
	t.Helper()
	// Each has a file of its own. A loop device that another program still has open would show
	// parts of the disk as an earlier cut left it.
	r.cuts++
	image, on := fmt.Sprintf("%s.cut%d", r.base, r.cuts), r.base+".on"
	if err := p.cut(image, place, random); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(image)
	if err := os.Mkdir(on, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
	d := &disk.Disk{Kind: r.kind, Image: image, Mount: on}
	if err := d.Remount(); err != nil {
		t.Fatalf("cut behind %d: the disk cannot be mounted: %v", place, err)
	}
	defer unmount(d)
	for n, l := range ledgers {
		dir := filepath.Join(on, strconv.Itoa(n))
		all, bad := look(dir)
		bad = append(bad, l.compare(all)...)
		if use && len(bad) == 0 {
			bad = recovers(t, dir, all)
		}
		wrong = append(wrong, bad...)
	}
	return wrong
}
