package queue

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/claims"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// deepWorld returns a world with n ready entries, which all have the same content. The
// directory is so big that the first listing makes a cache.
func deepWorld(n int) *world {
	w := newWorld()
	w.disk.Lookup("/q/in").DirSize = claims.BigDirectory
	content := entryFile(message.Mailman2, "one for all\n")
	for i := range n {
		w.disk.Put(ready.path(testID(i)), content, listUID, listGID)
	}
	return w
}

// claimOnce claims one entry in a process of its own, which then ends.
func claimOnce(w *world, s Slice) (ID, error) {
	sys := &fakedisk.Process{Disk: w.disk, ID: 1}
	d, err := openWith(sys, "/q/in", Options{})
	if err != nil {
		return ID{}, err
	}
	defer sys.Kill()
	c, err := first(d.Claims(s, 1))
	if err != nil {
		return ID{}, err
	}
	return c.ID, nil
}

// listings counts how often directories are read.
func listings(w *world) *int {
	n := 0
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		if c.Op == "readdir" {
			n++
		}
		return fakedisk.Verdict{}
	}
	return &n
}

// expectClaims claims each entry in a process of its own and checks their order.
func expectClaims(t *testing.T, w *world, s Slice, want ...int) {
	t.Helper()
	for _, n := range want {
		id, err := claimOnce(w, s)
		if err != nil || id != testID(n) {
			t.Fatalf("claimed %s, %v, not %s", id, err, testID(n))
		}
	}
}

// through lists the numbers from a to b.
func through(a, b int) (list []int) {
	for ; a <= b; a++ {
		list = append(list, a)
	}
	return list
}

func TestDeepQueue(t *testing.T) {
	t.Parallel()
	w := deepWorld(claims.Deep + 40)
	n := listings(w)
	expectClaims(t, w, Slice{}, through(0, claims.Deep+39)...)
	if *n > 3 {
		t.Errorf("%d listings for %d claims", *n, claims.Deep+40)
	}
	if _, err := claimOnce(w, Slice{}); err != io.EOF {
		t.Errorf("claimed of nothing: %v", err)
	}
	in := w.disk.Lookup("/q/in")
	in.DirSize = 4096
	for _, k := range through(0, claims.Deep+39) {
		w.disk.Set(fakedisk.Slot{Dir: in, Name: testID(k).Name(InFlight)})
	}
	if _, err := claimOnce(w, Slice{}); err != io.EOF || len(in.Names) > 0 {
		t.Errorf("of an empty directory: %v; %d files were left", err, len(in.Names))
	}
}

func TestDeepSlices(t *testing.T) {
	t.Parallel()
	w := deepWorld(3 * claims.Deep)
	n := listings(w)
	seen := 0
	for i := range uint64(2) {
		s := Slice{i, 2}
		for _, k := range through(0, 3*claims.Deep-1) {
			if s.Filter()(testID(k)) {
				expectClaims(t, w, s, k)
				seen++
			}
		}
	}
	if seen != 3*claims.Deep || *n > 8 {
		t.Errorf("%d claims, %d listings", seen, *n)
	}
}

// TestDeepChanges checks that an entry that comes into the middle is claimed in its
// place, and that entries that have gone are passed over.
func TestDeepChanges(t *testing.T) {
	t.Parallel()
	w := deepWorld(claims.Deep + 100)
	in := w.disk.Lookup("/q/in")
	expectClaims(t, w, Slice{}, through(0, 9)...)

	// A Mailman claims one entry, and a person removes another.
	w.disk.Set(fakedisk.Slot{Dir: in, Name: testID(10).Name(Ready)}, fakedisk.Slot{Dir: in, Name: testID(10).Name(InFlight), File: in.Names[testID(10).Name(Ready)]})
	w.disk.Set(fakedisk.Slot{Dir: in, Name: testID(11).Name(Ready)})
	expectClaims(t, w, Slice{}, 12)

	// One entry is requeued by its claimer, and one is restored after a crash.
	d, err := w.open("/q/in", Options{})
	must(t, err)
	must(t, d.Requeue(testID(10)))
	expectClaims(t, w, Slice{}, 10)
	d.RestoreEntries([]ID{testID(5)}, RestoreOptions{MaxRestores: 3}, func(_ Outcome, err error) { must(t, err) })
	expectClaims(t, w, Slice{}, 5, 13)

	// A message is enqueued with an older place in the queue.
	paths := store(t, d, textAt("x", testID(2).Seconds()))
	id, err := claimOnce(w, Slice{})
	must(t, err)
	if !strings.HasSuffix(paths[0], id.Name(Ready)) {
		t.Errorf("claimed %s, not the oldest, %s", id, paths[0])
	}

	// A Mailman enqueues one with an older place. It may take a minute until that is
	// claimed.
	old := NewID(1600000000, testID(0).Digest())
	w.disk.Put(ready.path(old), entryFile(message.Mailman2, "from a Mailman"), listUID, listGID)
	w.disk.Sleep(claims.Life + time.Second)
	if id, err := claimOnce(w, Slice{}); err != nil || id != old {
		t.Errorf("claimed %s, %v, not the oldest", id, err)
	}
	expectClaims(t, w, Slice{}, 14)
}

// TestEmptyAndBig checks that an empty queue whose directory was once deep is not listed
// again while nothing changes.
func TestEmptyAndBig(t *testing.T) {
	t.Parallel()
	w := deepWorld(0)
	w.disk.Lookup("/q/in").DirSize = 2 * claims.BigDirectory
	n := listings(w)
	for range 20 {
		w.disk.Sleep(3 * time.Second)
		if _, err := claimOnce(w, Slice{}); err != io.EOF {
			t.Fatal(err)
		}
	}
	if *n > 3 {
		t.Errorf("%d listings of an empty queue", *n)
	}
	w.disk.Sleep(3 * time.Second)
	must(t, second(w.sys.OpenDir("/q/in")))
	d, err := w.open("/q/in", Options{})
	must(t, err)
	store(t, d, text("x"))
	if _, err := claimOnce(w, Slice{}); err != nil {
		t.Errorf("one had come: %v", err)
	}
	if _, err := claimOnce(w, Slice{}); err != io.EOF {
		t.Errorf("it was claimed: %v", err)
	}
}

// TestCacheIsNoLink checks that a cache file that also has another name is not written
// to, because it is somebody's file.
func TestCacheIsNoLink(t *testing.T) {
	t.Parallel()
	w := deepWorld(0)
	w.disk.Lookup("/q/in").DirSize = 2 * claims.BigDirectory
	w.disk.Put("/q/precious", make([]byte, 100), 0, 0)
	w.disk.Link("/q/precious", "/q/in/"+claims.Name)
	w.disk.Sleep(3 * time.Second)
	if _, err := claimOnce(w, Slice{}); err != io.EOF {
		t.Fatal(err)
	}
	if !bytes.Equal(w.disk.Lookup("/q/precious").Data, make([]byte, 100)) {
		t.Error("it was written to")
	}
}

// TestCacheOfAnotherSlice puts the cache of one slice under the name of another's, and
// checks that no process claims a message outside its slice.
func TestCacheOfAnotherSlice(t *testing.T) {
	t.Parallel()
	w := deepWorld(3 * claims.Deep)
	mine, other := Slice{0, 2}, Slice{1, 2}
	must(t, second(claimOnce(w, mine)))
	w.disk.Put("/q/in/"+claims.Name+"-1-2", w.disk.Lookup("/q/in/"+claims.Name+"-0-2").Data, listUID, listGID)
	for range 20 {
		id, err := claimOnce(w, other)
		must(t, err)
		if !other.Filter()(id) {
			t.Fatalf("claimed %s, of slice %v, for %v", id, mine, other)
		}
	}
}

// TestDeepClaimsOfMany checks that a process that claims many entries needs one listing,
// and that the entries that it has not claimed stay for the others.
func TestDeepClaimsOfMany(t *testing.T) {
	t.Parallel()
	w := deepWorld(3 * claims.Deep)
	n := listings(w)
	d, err := w.open("/q/in", Options{})
	must(t, err)
	next := pull(t, d.Claims(Slice{}, 100))
	for k := range 100 {
		c, err := next()
		must(t, err)
		if c.ID != testID(k) {
			t.Fatalf("claimed %s", c.ID)
		}
		must(t, c.Close())
	}
	expectClaims(t, w, Slice{}, through(100, 120)...)
	if *n != 1 {
		t.Errorf("%d listings", *n)
	}
	left := 0
	for c, err := range d.ClaimsOfAll(Slice{}) {
		must(t, err)
		must(t, c.Close())
		left++
	}
	if left != 3*claims.Deep-121 {
		t.Errorf("%d were left", left)
	}
}

// TestOldest checks that oldest lists the oldest entries even if there are more than it
// was asked for, in whatever order the directory returns them.
func TestOldest(t *testing.T) {
	t.Parallel()
	w := deepWorld(3000)
	w.disk.Put("/q/in/1e3+"+strings.Repeat("0", 40)+".pck", nil, 0, 0)
	w.disk.Put("/q/in/1700000001.3"+strings.Repeat("0", 60)+"+"+strings.Repeat("0", 40)+".pck", nil, 0, 0)
	w.disk.Put("/q/in/-5.5+"+strings.Repeat("0", 40)+".pck", nil, 0, 0)
	w.disk.Put("/q/in/1.7000000001e9+"+strings.Repeat("0", 40)+".pck", nil, 0, 0)
	d, err := w.open("/q/in", Options{})
	must(t, err)
	all, err := idsOf(d.List(nil, Ready))
	must(t, err)
	for _, n := range []int{1, 7, 1000, 2999, 3004, 5000} {
		for _, from := range []int{0, 1, 1000, 3003} {
			after := ID{}
			if from > 0 {
				after = all[from-1]
			}
			list, err := d.oldest(n, after, nil)
			must(t, err)
			if !slices.Equal(list.ids(list.len()), all[from:min(from+n, len(all))]) {
				t.Errorf("the oldest %d after %s are others", n, after)
			}
		}
	}
}
