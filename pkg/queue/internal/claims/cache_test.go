package claims

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"
	"time"

	"switchboard/pkg/queue/internal/disk"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// fakeDir is the directory /q of a fake disk.
type fakeDir struct {
	disk.Dir
	on *fakedisk.Disk
}

func newDir(t *testing.T) fakeDir {
	t.Helper()
	on := fakedisk.New()
	on.Mkdir("/q", 38, 39)
	dir, err := (&fakedisk.Process{Disk: on, ID: 1}).OpenDir("/q")
	if err != nil {
		t.Fatal(err)
	}
	return fakeDir{dir, on}
}

func (d fakeDir) Now() time.Time { return d.on.Clock }

func (d fakeDir) ReplaceFile(name string, content []byte) bool {
	d.on.Put("/q/"+name, content, 38, 39)
	d.on.Lookup("/q").ModTime = d.on.Clock
	return true
}

func base(n int) string { return fmt.Sprintf("%d.0+%040x", n, n) }

// entry returns entry n, whose time is n.
func entry(n int) Entry { return Entry{base(n), float64(n)} }

// oldest yields n entries from first on.
func oldest(first, n int) iter.Seq2[[]byte, float64] {
	return func(yield func([]byte, float64) bool) {
		for i := first; i < first+n; i++ {
			if !yield([]byte(base(i)), float64(i)) {
				return
			}
		}
	}
}

// put makes a cache of n names from first on.
func put(t *testing.T, c *Cache, first, n, taken int, all bool) {
	t.Helper()
	if !c.Begin(true).Put(Found{Oldest: oldest(first, n), Count: n, Last: float64(first + n - 1), Taken: taken, All: all, Cost: 1e6}) {
		t.Fatal("no cache was made")
	}
}

// took takes up to n listed entries, and all that were added, and returns their numbers.
func took(c *Cache, n int) (listed, added []int, ok bool) {
	number := func(list []Entry) (numbers []int) {
		for _, e := range list {
			numbers = append(numbers, int(e.Time))
		}
		return numbers
	}
	empty, ok := c.Take(n, func(hint Hint) (Taken, bool) {
		listed, added = number(hint.Listed), number(hint.Added)
		all := Taken{Listed: len(listed), Added: map[int]bool{}}
		for i := range added {
			all.Added[i] = true
		}
		return all, true
	})
	return listed, added, ok && !empty
}

// through lists the numbers from a to b.
func through(a, b int) (list []int) {
	for ; a <= b; a++ {
		list = append(list, a)
	}
	return list
}

// expect takes n listed names and checks that they are those from first to last, and that
// these were added.
func expect(t *testing.T, c *Cache, n, first, last int, added ...int) {
	t.Helper()
	listed, others, ok := took(c, n)
	if !ok || !slices.Equal(listed, through(first, last)) || !slices.Equal(others, added) {
		t.Fatalf("listed %v, added %v, %v; want %d to %d, added %v", listed, others, ok, first, last, added)
	}
}

// useless fails the test if the cache returns anything.
func useless(t *testing.T, c *Cache, why string) {
	t.Helper()
	if listed, added, ok := took(c, 1); ok || len(listed)+len(added) > 0 {
		t.Errorf("%s: listed %v, added %v", why, listed, added)
	}
}

func announce(d fakeDir, numbers ...int) {
	Announce(d, func(yield func(Entry) bool) {
		for _, n := range numbers {
			if !yield(entry(n)) {
				return
			}
		}
	})
}

func TestTake(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	c := Of(d, 0, 0)
	useless(t, c, "there is none")
	put(t, c, 100, 10, 3, true)
	expect(t, c, 1, 103, 103)
	expect(t, c, 4, 104, 107)
	expect(t, c, math.MaxInt, 108, 109)
	useless(t, c, "it is used up")
	put(t, c, 200, 2, 0, true)
	expect(t, c, 1, 200, 200)
	d.on.Sleep(Life + time.Second)
	useless(t, c, "it is too old")
	put(t, c, 300, 2, 0, true)
	d.on.Sleep(-time.Second)
	useless(t, c, "it is from the future")
	put(t, c, 400, 2, 0, true)
	c.Discard()
	useless(t, c, "it was dropped")
}

// TestLife checks that a cache lasts as long as its listing justifies.
func TestLife(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		cost  int
		reads time.Duration
		lasts time.Duration
	}{
		{Deep, 0, 40 * time.Millisecond},
		{100_000, 0, 4 * time.Second},
		{100_000_000, 0, Life},
		{Deep, 200 * time.Millisecond, 15 * time.Second}, // a slow disk
	} {
		d := newDir(t)
		c := Of(d, 0, 0)
		l := c.Begin(true)
		d.on.Sleep(test.reads)
		if !l.Put(Found{Oldest: oldest(100, 9), Count: 9, All: true, Cost: test.cost}) {
			t.Fatal("no cache was made")
		}
		d.on.Sleep(test.lasts - test.reads - time.Millisecond)
		expect(t, c, 1, 100, 100)
		d.on.Sleep(test.lasts/2 + time.Second)
		useless(t, c, "it is too old")
	}
}

// TestAnnounce checks that what becomes ready is added, as far as the listing reaches.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	for _, all := range []bool{false, true} {
		d := newDir(t)
		c := Of(d, 0, 1)
		announce(d, 1)
		put(t, c, 100, 20, 0, all)
		announce(d, 110, 50, 130)
		if all {
			expect(t, c, 3, 100, 102, 110, 50, 130)
		} else {
			expect(t, c, 3, 100, 102, 110, 50)
		}
		expect(t, c, 20, 103, 119)
		useless(t, c, "it is used up")
		announce(d, 60)
		if listed, added, ok := took(c, 3); !ok || len(listed) > 0 || !slices.Equal(added, []int{60}) {
			t.Errorf("after another came: %v, %v, %v", listed, added, ok)
		}
	}
}

// TestAnnounceDuringListing checks that what becomes ready during a listing is not
// missed, whichever of two listings is put first.
func TestAnnounceDuringListing(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	c := Of(d, 0, 1)
	a := c.Begin(true)
	announce(d, 7)
	b := Of(d, 0, 1).Begin(true)
	announce(d, 8)
	useless(t, c, "nothing is listed yet")
	found := Found{Oldest: oldest(100, 2), Count: 2, All: true, Cost: 1e6}
	if !b.Put(found) || a.Put(found) {
		t.Fatal("not the first one made the cache")
	}
	expect(t, c, 1, 100, 100, 7, 8)
}

// TestAnnounceTooMany checks that if more are added than there is room for, no entry is
// offered that is later than one which was left out.
func TestAnnounceTooMany(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	c := Of(d, 0, 1)
	put(t, c, 100, 1000, 0, true)
	announce(d, through(2000, 2000+mostAdded-1)...)
	announce(d, through(500, 500+mostAdded-1)...)
	listed, added, ok := took(c, 1000)
	if !ok || len(added) == 0 || len(added) == mostAdded {
		t.Fatalf("%d were added", len(added))
	}
	last := slices.Max(added)
	if !slices.Equal(listed, through(100, last)) || !slices.Equal(added, through(500, last)) {
		t.Errorf("listed %d, added %d of those up to %d", len(listed), len(added), last)
	}
	announce(d, last+1, last)
	if _, added, _ := took(c, 1); !slices.Equal(added, []int{last}) {
		t.Errorf("added %v", added)
	}
}

// TestAnnounceUnable checks that a cache ends if an entry cannot be added.
func TestAnnounceUnable(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	c := Of(d, 0, 1)
	put(t, c, 100, 9, 0, true)
	d.on.Hook = func(call fakedisk.Call) fakedisk.Verdict {
		if call.Op == "write" {
			return fakedisk.Verdict{Err: disk.ErrAccess}
		}
		return fakedisk.Verdict{}
	}
	announce(d, 5)
	d.on.Hook = nil
	useless(t, c, "an entry is missing")
	put(t, c, 100, 9, 0, true)
	d.on.Hook = func(call fakedisk.Call) fakedisk.Verdict {
		if call.Op == "openrw" {
			return fakedisk.Verdict{Err: disk.ErrAccess}
		}
		return fakedisk.Verdict{}
	}
	announce(d, 5)
	d.on.Hook = nil
	useless(t, c, "an entry is missing")
	put(t, c, 100, 9, 0, true)
	Announce(d, slices.Values([]Entry{{string(make([]byte, mostName+1)), 104.5}}))
	if listed, _, _ := took(c, 9); !slices.Equal(listed, through(100, 104)) {
		t.Errorf("beside a name that is too long, listed %v", listed)
	}
}

// TestGeneration checks that the cache of a slice counts only together with the first
// cache that it joined.
func TestGeneration(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	all, low, high := Of(d, 0, 1), Of(d, 0, 2), Of(d, 1, 2)
	put(t, low, 100, 3, 0, true)
	useless(t, all, "the first cache was made for a slice alone")
	expect(t, low, 1, 100, 100)
	put(t, high, 200, 3, 0, true)
	announce(d, 50)
	expect(t, low, 1, 101, 101, 50)
	expect(t, high, 1, 200, 200) // the other slice took what was added
	put(t, all, 100, 3, 0, true)
	all.Begin(true)
	useless(t, low, "the first cache is another one")
}

// TestNames checks that no cache is made if a name is too long for its place.
func TestNames(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	c := Of(d, 0, 0)
	long := func(yield func([]byte, float64) bool) { yield(make([]byte, mostName+1), 1) }
	if c.Begin(true).Put(Found{Oldest: long, Count: 1, All: true, Cost: 1e6}) {
		t.Error("a cache was made")
	}
	useless(t, c, "a name is too long")
}

// TestEmpty checks that the note of an empty queue is believed while a big directory does
// not change.
func TestEmpty(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, BigDirectory} {
		d := newDir(t)
		q := d.on.Lookup("/q")
		q.DirSize = size
		c := Of(d, 0, 0)
		empty := func() bool {
			empty, ok := c.Take(1, func(Hint) (Taken, bool) { t.Fatal("it has names"); return Taken{}, false })
			return empty && ok
		}
		note := func(wait time.Duration) {
			d.on.Sleep(wait)
			st, err := d.Stat()
			if err != nil {
				t.Fatal(err)
			}
			c.Begin(true).Put(Found{Oldest: oldest(0, 0), All: true, Cost: 1e6, Before: st})
		}
		note(time.Hour)
		if empty() {
			t.Error("making the cache file has changed the directory")
		}
		note(quiet / 2)
		if empty() {
			t.Error("the directory has changed just before")
		}
		note(quiet)
		if empty() != (size > 0) {
			t.Errorf("of size %d: %v", size, empty())
		}
		d.on.Put("/q/another", nil, 38, 39)
		d.on.Sleep(time.Hour)
		q.ModTime = d.on.Clock
		if empty() {
			t.Error("something came")
		}
	}
}
