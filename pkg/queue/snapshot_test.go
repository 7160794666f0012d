package queue

import (
	"maps"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSnapshot follows entries through their states: only those that come to the queue and
// leave it count, and only once.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready, Ready, Preserved)
	var snaps []*Snapshot
	look := func(wantCame, wantLeft int) {
		t.Helper()
		s, err := d.Snapshot(Slice{})
		must(t, err)
		if snaps = append(snaps, s); len(snaps) < 3 {
			return
		}
		n := len(snaps)
		if came, left := s.Since(snaps[n-2], snaps[n-3]); came != wantCame || left != wantLeft {
			t.Errorf("snapshot %d: %d came and %d left, want %d and %d", n, came, left, wantCame, wantLeft)
		}
	}
	look(0, 0)
	look(0, 0)
	// A claim, a copy in two states, a temporary file and a stray do not count as new entries.
	must(t, os.Rename(d.EntryPath(testID(0), Ready), d.EntryPath(testID(0), InFlight)))
	writeEntry(t, d.Path(), testID(1), InFlight, nil)
	writeEntry(t, d.Path(), testID(9), Temporary, nil)
	must(t, os.WriteFile(d.Join("README"), nil, 0o660))
	look(0, 0)
	if got := snaps[2].Counts.ByState; got != [...]int{1, 1, 2, 1, 1} {
		t.Errorf("counts %v", got)
	}
	writeEntry(t, d.Path(), testID(3), Ready, nil)
	must(t, os.Remove(d.EntryPath(testID(2), Preserved)))
	look(1, 0) // it may be the directory that does not show the other
	look(0, 1)
	look(0, 0)
	// One listing does not show an entry.
	must(t, os.Rename(d.EntryPath(testID(3), Ready), d.Join("hidden")))
	look(0, 0)
	must(t, os.Rename(d.Join("hidden"), d.EntryPath(testID(3), InFlight)))
	look(0, 0)
	look(0, 0)
}

// TestSnapshotSlice checks that only the entries of the slice count, and none of an old pair.
func TestSnapshotSlice(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready, Ready, Ready)
	sum := 0
	for i := range uint64(4) {
		s, err := d.Snapshot(Slice{i, 4})
		must(t, err)
		sum += len(s.bases)
	}
	if sum != 3 {
		t.Errorf("%d entries in all slices, want 3", sum)
	}
	must(t, os.WriteFile(d.Join(testID(0).String()+pairExt), nil, 0o660))
	s, err := d.Snapshot(Slice{})
	must(t, err)
	if len(s.bases) != 2 || s.Counts.ByState[Ready] != 2 {
		t.Errorf("%d entries, %d counted, want 2", len(s.bases), s.Counts.ByState[Ready])
	}
}

// TestWithout compares without with sets.
func TestWithout(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set := func(name string) map[uint64]bool {
			m := make(map[uint64]bool)
			for _, n := range rapid.SliceOf(rapid.Uint64Range(0, 20)).Draw(t, name) {
				m[n] = true
			}
			return m
		}
		a, b, c := set("a"), set("b"), set("c")
		want := 0
		for n := range a {
			if !b[n] && !c[n] {
				want++
			}
		}
		sorted := func(m map[uint64]bool) []uint64 { return slices.Sorted(maps.Keys(m)) }
		if got := without(sorted(a), sorted(b), sorted(c)); got != want {
			t.Errorf("%d, want %d", got, want)
		}
	})
}
