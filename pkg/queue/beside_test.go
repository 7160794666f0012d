package queue

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/claims"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// besideWorld returns a world with n ready entries in a directory that is as slow to list
// as if a hundred thousand others were beside them.
func besideWorld(n int) *world {
	w := deepWorld(n)
	w.disk.Lookup("/q/in").DirSize = 100 * claims.BigDirectory
	return w
}

// besideLife is how long a cache of such a directory is used.
const besideLife = 100 * claims.Deep * 50 * time.Microsecond

// in opens the queue in a process of its own, which ends after do.
func (w *world) in(t fataler, do func(*Dir)) {
	t.Helper()
	sys := &fakedisk.Process{Disk: w.disk, ID: 2}
	d, err := openWith(sys, "/q/in", Options{})
	must(t, err)
	defer sys.Kill()
	do(d)
}

// storeAt stores a message with a place in the queue.
func (w *world) storeAt(t fataler, text string, received float64) (id ID) {
	t.Helper()
	w.in(t, func(d *Dir) {
		b := d.NewBatch(func(path string) error {
			id, _ = SplitName(path[len("/q/in/"):])
			return nil
		})
		must(t, textAt(text, received)(b))
		must(t, b.Flush())
	})
	return id
}

// TestBesideMany checks that a few ready entries beside very many others are claimed in
// order, from one listing: those that are there, and those that are stored, requeued and
// restored while others are claimed.
func TestBesideMany(t *testing.T) {
	t.Parallel()
	w := besideWorld(300)
	n := listings(w)
	expectClaims(t, w, Slice{}, through(0, 199)...)
	w.in(t, func(d *Dir) { must(t, d.Requeue(testID(17))) })
	w.in(t, func(d *Dir) {
		d.RestoreEntries([]ID{testID(5), testID(30)}, RestoreOptions{MaxRestores: 3}, func(_ Outcome, err error) { must(t, err) })
	})
	expectClaims(t, w, Slice{}, 5, 17, 30)
	expectClaims(t, w, Slice{}, through(200, 299)...)
	for k := range 100 {
		id := w.storeAt(t, fmt.Sprint(k), testID(400+k).Seconds())
		if got, err := claimOnce(w, Slice{}); err != nil || got != id {
			t.Fatalf("claimed %s, %v, not %s", got, err, id)
		}
		w.in(t, func(d *Dir) { must(t, d.Finish(id)) })
	}
	if *n != 1 {
		t.Errorf("%d listings for 403 claims", *n)
	}
	if _, err := claimOnce(w, Slice{}); err != io.EOF || *n != 2 {
		t.Errorf("of nothing: %v, %d listings", err, *n)
	}
}

// TestBesideManyInFlight does the same where the others are there and the directory's size
// says nothing, as on btrfs.
func TestBesideManyInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for i := range claims.Deep {
		w.disk.Put(inFlight.path(testID(i)), nil, listUID, listGID)
	}
	content := entryFile(message.Mailman2, "ready")
	for k := range 40 {
		w.disk.Put(ready.path(testID(2000+k)), content, listUID, listGID)
	}
	n := listings(w)
	expectClaims(t, w, Slice{}, through(2000, 2039)...)
	if *n > 2 {
		t.Errorf("%d listings for 40 claims", *n)
	}
}

// TestBesideManySlices does the same for slices.
func TestBesideManySlices(t *testing.T) {
	t.Parallel()
	w := besideWorld(0)
	n := listings(w)
	for k := range 120 {
		id := w.storeAt(t, fmt.Sprint(k), testID(k).Seconds())
		s := Slice{0, 3}
		for !s.Filter()(id) {
			s.Index++
		}
		if got, err := claimOnce(w, s); err != nil || got != id {
			t.Fatalf("claimed %s, %v, not %s", got, err, id)
		}
	}
	if *n > 6 {
		t.Errorf("%d listings for 120 claims in three slices", *n)
	}
}

// TestBesideManyAtOnce has eight processes claim three hundred entries at once.
func TestBesideManyAtOnce(t *testing.T) {
	t.Parallel()
	w := besideWorld(300)
	var listings atomic.Int64
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		if c.Op == "readdir" {
			listings.Add(1)
		}
		return fakedisk.Verdict{}
	}
	var mu sync.Mutex
	claimed := map[ID]int{}
	var workers sync.WaitGroup
	for worker := range 8 {
		workers.Go(func() {
			for {
				sys := &fakedisk.Process{Disk: w.disk, ID: worker + 1}
				d, err := openWith(sys, "/q/in", Options{})
				if err != nil {
					t.Error(err)
					return
				}
				c, err := first(d.Claims(Slice{}, 1))
				if err == nil {
					mu.Lock()
					claimed[c.ID]++
					mu.Unlock()
				}
				sys.Kill()
				if err != nil {
					return
				}
			}
		})
	}
	workers.Wait()
	for id, times := range claimed {
		if times != 1 {
			t.Errorf("%s was claimed %d times", id, times)
		}
	}
	// All may list at the start and at the end.
	if len(claimed) != 300 || listings.Load() > 8*3 {
		t.Errorf("%d claimed, %d listings", len(claimed), listings.Load())
	}
}

// TestClaimOrder lets processes of ours and others store, claim, requeue, restore and
// finish at random, in a directory that is slow to list. Every claim gets the oldest entry.
// Only what others made ready may be passed over, and only as long as a cache lasts. It is
// never said that nothing is ready while something is.
func TestClaimOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := besideWorld(0)
		in := w.disk.Lookup("/q/in")
		content := entryFile(message.Mailman2, "of others")
		// readyAt is when others made an entry ready; zero if one of ours did.
		readyAt, flying := map[ID]time.Time{}, map[ID]bool{}
		n := 0
		place := func() float64 { return testID(rapid.IntRange(0, 40).Draw(t, "place")).Seconds() }
		pick := func(from map[ID]bool) ID {
			if len(from) == 0 {
				t.Skip("there is none")
			}
			return rapid.SampledFrom(slices.SortedFunc(maps.Keys(from), ID.Compare)).Draw(t, "entry")
		}
		rename := func(id ID, from, to State) {
			w.disk.Set(fakedisk.Slot{Dir: in, Name: id.Name(from)}, fakedisk.Slot{Dir: in, Name: id.Name(to), File: in.Names[id.Name(from)]})
		}
		claim := func(s Slice) {
			inside := s.Filter()
			got, err := claimOnce(w, s)
			var older []ID
			for id := range readyAt {
				if inside(id) && (err != nil || id.Compare(got) < 0) {
					older = append(older, id)
				}
			}
			switch {
			case err == io.EOF && len(older) > 0:
				t.Fatalf("nothing is ready but %d, one of them %s", len(older), older[0])
			case err == io.EOF:
				return
			case err != nil:
				t.Fatal(err)
			}
			if _, ok := readyAt[got]; !ok || !inside(got) {
				t.Fatalf("claimed %s of %s", got, s)
			}
			for _, id := range older {
				if at := readyAt[id]; at.IsZero() || w.disk.Clock.Sub(at) > besideLife+time.Second {
					t.Fatalf("claimed %s before %s, ready since %s", got, id, at)
				}
			}
			delete(readyAt, got)
			flying[got] = true
		}
		t.Repeat(map[string]func(*rapid.T){
			"store": func(t *rapid.T) {
				n++
				readyAt[w.storeAt(t, fmt.Sprint(n), place())] = time.Time{}
			},
			"store many": func(t *rapid.T) {
				w.in(t, func(d *Dir) {
					b := d.NewBatch(func(path string) error {
						id, _ := SplitName(path[len("/q/in/"):])
						readyAt[id] = time.Time{}
						return nil
					})
					at := place()
					for k := range rapid.IntRange(2, 400).Draw(t, "many") {
						n++
						must(t, textAt(fmt.Sprint(n), at+float64(k%7)/4)(b))
					}
					must(t, b.Flush())
				})
			},
			"claim": func(t *rapid.T) { claim(Slice{}) },
			"claim many": func(t *rapid.T) {
				for range min(rapid.IntRange(2, 300).Draw(t, "claims"), len(readyAt)) {
					claim(Slice{})
				}
			},
			"claim slice": func(t *rapid.T) { claim(Slice{uint64(rapid.IntRange(0, 1).Draw(t, "slice")), 2}) },
			"requeue": func(t *rapid.T) {
				id := pick(flying)
				w.in(t, func(d *Dir) { must(t, d.Requeue(id)) })
				delete(flying, id)
				readyAt[id] = time.Time{}
			},
			"restore": func(t *rapid.T) {
				id := pick(flying)
				w.in(t, func(d *Dir) {
					d.RestoreEntries([]ID{id}, RestoreOptions{}, func(_ Outcome, err error) { must(t, err) })
				})
				delete(flying, id)
				readyAt[id] = time.Time{}
			},
			"finish": func(t *rapid.T) {
				id := pick(flying)
				w.in(t, func(d *Dir) { must(t, d.Finish(id)) })
				delete(flying, id)
			},
			"others store": func(t *rapid.T) {
				n++
				id := NewID(place(), [20]byte{byte(n * 37), byte(n >> 8), byte(n)})
				w.disk.Put(ready.path(id), content, listUID, listGID)
				in.ModTime = w.disk.Clock
				readyAt[id] = w.disk.Clock
			},
			"others claim": func(t *rapid.T) {
				list := map[ID]bool{}
				for id := range readyAt {
					list[id] = true
				}
				id := pick(list)
				rename(id, Ready, InFlight)
				delete(readyAt, id)
				flying[id] = true
			},
			"others restore": func(t *rapid.T) {
				id := pick(flying)
				rename(id, InFlight, Ready)
				delete(flying, id)
				readyAt[id] = w.disk.Clock
			},
			"wait": func(t *rapid.T) {
				w.disk.Sleep(time.Duration(rapid.IntRange(1, 8000).Draw(t, "ms")) * time.Millisecond)
			},
		})
	})
}
