package claims

import (
	"fmt"
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

// listing returns n names, one second apart, from first on.
func listing(first, n, taken int) Listing {
	var names []string
	for i := range n {
		names = append(names, base(first+i))
	}
	return Listing{Names: slices.Values(names), Count: n, Last: float64(first + n - 1), Taken: taken}
}

func base(n int) string { return fmt.Sprintf("%d.0+%040x", n, n) }

// expect takes n names and checks that they are the count names from first on.
func expect(t *testing.T, c Cache, n, first, count int) {
	t.Helper()
	hint, ok := c.Take(n)
	var want []string
	for i := range count {
		want = append(want, base(first+i))
	}
	if !ok || hint.Empty || !slices.Equal(hint.Names, want) {
		t.Fatalf("%d names, empty %v, %v; want %d from %d on", len(hint.Names), hint.Empty, ok, count, first)
	}
}

// useless fails the test if the cache returns anything.
func useless(t *testing.T, c Cache, why string) {
	t.Helper()
	if hint, ok := c.Take(1); ok {
		t.Errorf("%s: %+v", why, hint)
	}
}

func TestTake(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	c := Of(d, 0, 0)
	useless(t, c, "there is none")
	c.Put(listing(100, 10, 3))
	expect(t, c, 1, 103, 1)
	expect(t, c, 4, 104, 4)
	expect(t, c, math.MaxInt, 108, 2)
	useless(t, c, "it is used up")
	c.Put(listing(200, 2, 0))
	expect(t, c, 1, 200, 1)
	d.on.Sleep(Life + time.Second)
	useless(t, c, "it is too old")
	c.Put(listing(300, 2, 0))
	d.on.Sleep(-time.Second)
	useless(t, c, "it is from the future")
	c.Put(listing(400, 2, 0))
	c.Discard()
	useless(t, c, "it was dropped")
}

// TestOutdate checks that an entry that belongs before the last name of any cache ends
// all of them.
func TestOutdate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		time float64
		ends bool
	}{{50, true}, {119, true}, {119.5, false}, {1000, false}} {
		d := newDir(t)
		all, low, high := Of(d, 0, 1), Of(d, 0, 2), Of(d, 1, 2)
		all.Put(listing(100, 5, 0))
		low.Put(listing(100, 20, 0))
		high.Put(listing(100, 3, 0))
		Outdate(d, test.time)
		for _, c := range []Cache{all, low, high} {
			if _, ok := c.Take(1); ok == test.ends {
				t.Errorf("after an entry of %v came, %s is of use: %v", test.time, c.name, ok)
			}
		}
	}
}

// TestGeneration checks that the cache of a slice counts only together with the first
// cache that it joined.
func TestGeneration(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	all, low := Of(d, 0, 1), Of(d, 0, 2)
	low.Put(listing(100, 3, 0))
	useless(t, all, "the first cache was made for a slice alone")
	expect(t, low, 1, 100, 1)
	all.Put(listing(100, 3, 0))
	useless(t, low, "the first cache is another one")
	low.Put(listing(100, 3, 0))
	expect(t, low, 1, 100, 1)
	expect(t, all, 1, 100, 1)
}

// TestNames checks that no cache is made if a name is too long for its place.
func TestNames(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	c := Of(d, 0, 0)
	long := string(make([]byte, recordSize))
	c.Put(Listing{Names: slices.Values([]string{base(1), long}), Count: 2, Last: 1})
	useless(t, c, "a name is too long")
}

// TestNoteEmpty checks that the note is believed while a big directory does not change.
func TestNoteEmpty(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, BigDirectory} {
		d := newDir(t)
		q := d.on.Lookup("/q")
		q.DirSize = size
		c := Of(d, 0, 0)
		note := func(wait time.Duration) {
			d.on.Sleep(wait)
			st, err := d.Stat()
			if err != nil {
				t.Fatal(err)
			}
			c.NoteEmpty(st)
		}
		note(time.Hour)
		// Making the cache file changed the directory.
		useless(t, c, "the directory has changed")
		note(quiet / 2)
		useless(t, c, "the directory has changed just before")
		note(quiet)
		if hint, ok := c.Take(1); ok != (size > 0) || ok && !hint.Empty {
			t.Errorf("of size %d: %+v, %v", size, hint, ok)
		}
		Outdate(d, 0) // leaves the note, which ends when the directory changes
		d.on.Put("/q/another", nil, 38, 39)
		d.on.Sleep(time.Hour)
		q.ModTime = d.on.Clock
		useless(t, c, "something came")
	}
}
