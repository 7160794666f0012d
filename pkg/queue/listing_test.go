package queue

import (
	"encoding/hex"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/queue/internal/disk/fakedisk"

	"pgregory.net/rapid"
)

// idsOf returns the IDs that List yields.
func idsOf(files iter.Seq2[File, error]) (ids []ID, err error) {
	for f, err := range files {
		if err != nil {
			return ids, err
		}
		ids = append(ids, f.ID)
	}
	return ids, nil
}

// drawBase draws a file base that is often equal to another one in its time, or in its
// digest except for the case, and is often written in an unusual way.
func drawBase(t *rapid.T) string {
	when := rapid.OneOf(
		rapid.SampledFrom([]string{
			"1700000000.5", "1700000000.50", "1700000000.5000000", "1700000000.50000000", "01700000000.5", "17000000005e-1",
			"1700000000", "1700000000.", "1700000000.0", "1.7e9", "0.0", "-0.0", "0", "00.0", ".5", "0.5", "5e-1", "-5.5", "-0.5",
			"1700000000.1234567", "1700000000.1234568", "1700000000.1234569", "1700000000.9999999", "1700000001.0",
			"99999999999.9999999", "99999999999.9", "1e-05", "1e10",
		}),
		rapid.Map(rapid.Float64Range(-2e9, 2e9), func(f float64) string { return strings.Split(NewID(f, [20]byte{}).base, "+")[0] }),
		rapid.Map(rapid.Int64Range(1_6e15, 1_8e15), func(n int64) string { return fmt.Sprintf("%d.%06d", n/1e6, n%1e6) }),
	).Draw(t, "time")
	digest := rapid.OneOf(
		rapid.SampledFrom([]string{strings.Repeat("0", 40), strings.Repeat("a", 40), strings.Repeat("A", 40), strings.Repeat("a", 39) + "B"}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 20, 20), hex.EncodeToString),
	).Draw(t, "digest")
	return when + "+" + digest
}

// TestListOrder checks that List yields exactly the files in the given states, sorted as
// ID.Compare does, and then by the state.
func TestListOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		d, err := w.open("/q/in", Options{})
		must(t, err)
		states := rapid.SampledFrom([][]State{{Ready}, {InFlight}, {Ready, InFlight, Preserved}, {Temporary}}).Draw(t, "states")
		inside := Slice{Count: rapid.Uint64Range(0, 2).Draw(t, "slices")}.keep()
		var (
			seen = map[string]bool{}
			base string
			want []File
		)
		for range rapid.IntRange(0, 40).Draw(t, "files") {
			s := rapid.SampledFrom([]State{Ready, InFlight, Preserved, Temporary}).Draw(t, "state")
			if base == "" || rapid.Bool().Draw(t, "another") {
				base = drawBase(t)
			}
			name := base + s.Ext()
			if seen[name] {
				continue
			}
			seen[name] = true
			w.disk.Put("/q/in/"+name, nil, 0, 0)
			id, as := SplitName(name)
			if as != s {
				t.Fatalf("%s is %v", name, as)
			}
			if slices.Contains(states, s) && (inside == nil || inside(id)) {
				want = append(want, File{Name: name, ID: id, State: s})
			}
		}
		slices.SortFunc(want, func(a, b File) int {
			if c := a.ID.Compare(b.ID); c != 0 {
				return c
			}
			return int(a.State) - int(b.State)
		})
		var got []File
		for f, err := range d.List(inside, states...) {
			must(t, err)
			got = append(got, f)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("listed\n%v, not\n%v", got, want)
		}
	})
}

// addNames adds n names to a listing, in random order, and returns their IDs.
func addNames(l *listing, n int) (ids []ID) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		var digest [20]byte
		copy(digest[:], fmt.Sprint(random.Uint64()))
		ids = append(ids, NewID(1700000000+float64(i/2)/1e6, digest))
	}
	random.Shuffle(n, func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	for _, id := range ids {
		_, seconds, _ := plainName([]byte(id.Name(Ready)))
		l.add([]byte(id.base), Ready, seconds)
	}
	return ids
}

// TestListingOfMany checks the order if a listing has many runs.
func TestListingOfMany(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, runNames, runNames + 1, 7*runNames - 1} {
		l := &listing{}
		ids := addNames(l, n)
		slices.SortFunc(ids, ID.Compare)
		if l.len() != n || !slices.Equal(l.take(nil, n+1), ids) || l.len() != 0 {
			t.Errorf("%d names are in another order", n)
		}
	}
}

// TestListingMemory checks that a listing needs no more memory for a name than its packed
// form, at no time while it grows.
func TestListingMemory(t *testing.T) {
	const n = 8 * runNames
	var names [][]byte
	for _, id := range addNames(&listing{}, n) {
		names = append(names, []byte(id.base))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	l := &listing{}
	for _, name := range names {
		l.add(name, Ready, 1700000000)
	}
	runtime.ReadMemStats(&after)
	// Other tests do not run at the same time. The first run grows by being copied.
	if each := float64(after.TotalAlloc-before.TotalAlloc) / n; each > 48 {
		t.Errorf("%.1f bytes for each name", each)
	}
	if l.len() != n || len(l.odd) > 0 {
		t.Errorf("%d names, %d of them odd", l.len(), len(l.odd))
	}
}

// TestListDropsPairs checks that a listing of several runs has no halves of old pairs.
func TestListDropsPairs(t *testing.T) {
	t.Parallel()
	l := &listing{}
	ids := addNames(l, 3*runNames)
	drop := pairs{}
	for _, id := range ids[:2*runNames+5] {
		drop[id.base] = true
	}
	l.addOdd(ids[0], InFlight)
	l.drop(Ready, drop)
	want := slices.Concat(ids[:1], ids[2*runNames+5:])
	slices.SortFunc(want, ID.Compare)
	if got := l.take(nil, len(ids)); !slices.Equal(got, want) {
		t.Errorf("%d are left, not %d", len(got), len(want))
	}
}

// TestOneListing checks that no operation reads the directory more often than it must: in
// a deep queue that takes most of its time.
func TestOneListing(t *testing.T) {
	t.Parallel()
	nothing := func(Outcome, error) {}
	for name, do := range map[string]func(*Dir) error{
		"RestoreAndSweep": func(d *Dir) error { return second(d.RestoreAndSweep(RestoreOptions{}, DebrisAge, nothing)) },
		"dry run": func(d *Dir) error {
			return second(d.RestoreAndSweep(RestoreOptions{DryRun: true}, DebrisAge, nothing))
		},
		"Restore":        func(d *Dir) error { return d.Restore(RestoreOptions{}, nothing) },
		"SweepTemporary": func(d *Dir) error { return second(d.SweepTemporary(DebrisAge, false)) },
		"List":           func(d *Dir) error { return second(idsOf(d.List(nil, Ready, InFlight))) },
		"ClaimsOfAll": func(d *Dir) error {
			for c, err := range d.ClaimsOfAll(Slice{}) {
				must(t, err)
				must(t, c.Close())
			}
			return nil
		},
	} {
		w := newWorld()
		for n := range snapshotPart + 10 {
			w.add([]place{ready, inFlight}[n%2], &mail{})
		}
		for _, ext := range []string{".pck", ".db"} { // a pair
			w.disk.Put("/q/in/"+testID(5000).String()+ext, nil, listUID, listGID)
		}
		w.disk.Put("/q/in/"+testID(6000).Name(Temporary), nil, listUID, listGID)
		w.disk.Sleep(2 * DebrisAge)
		d, err := w.open("/q/in", Options{})
		must(t, err)
		n := listings(w)
		must(t, do(d))
		if *n != 1 {
			t.Errorf("%s: %d listings", name, *n)
		}
		left := w.disk.Lookup("/q/in").Names[testID(6000).Name(Temporary)] != nil
		if swept := name == "RestoreAndSweep" || name == "SweepTemporary"; swept == left {
			t.Errorf("%s: debris was left: %v", name, left)
		}
	}
}

// TestSweepAfterRestore checks what a sweep does that uses a listing from before the
// restores: it is the last step, and leaves a file that has got its name in the meantime.
func TestSweepAfterRestore(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(inFlight, &mail{})
	for _, n := range []int{1, 2, 3} {
		w.disk.Put("/q/in/"+testID(n).Name(Temporary), []byte("debris"), listUID, listGID)
	}
	w.disk.Sleep(2 * DebrisAge)
	d, err := w.open("/q/in", Options{})
	must(t, err)
	in := w.disk.Lookup("/q/in")
	gone := false
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		gone = gone || c.Op == "unlink" && strings.HasSuffix(c.Object, Temporary.Ext())
		return fakedisk.Verdict{}
	}
	swept, err := d.RestoreAndSweep(RestoreOptions{}, DebrisAge, func(o Outcome, err error) {
		must(t, err)
		if gone || in.Names[testID(0).Name(Ready)] == nil {
			t.Errorf("%s is restored, and debris gone: %v", o.To, gone)
		}
		// One writer ends, and another one begins to write to its file again.
		name := testID(1).Name(Temporary)
		w.disk.Set(fakedisk.Slot{Dir: in, Name: name}, fakedisk.Slot{Dir: in, Name: testID(1).Name(Ready), File: in.Names[name]})
		w.disk.Put("/q/in/"+testID(2).Name(Temporary), []byte("new"), listUID, listGID)
	})
	must(t, err)
	if len(swept) != 1 || swept[0] != d.EntryPath(testID(3), Temporary) || in.Names[testID(1).Name(Ready)] == nil || in.Names[testID(2).Name(Temporary)] == nil {
		t.Errorf("swept %v of %v", swept, in.Names)
	}
}
