package queue

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"switchboard/pkg/queue/internal/disk"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// TestHostileCache: whatever stands in the cache, each entry is claimed once,
// and none is missed.
func TestHostileCache(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := deepWorld(deep + 10)
		outside := w.disk.Put("/q/"+testID(0).Name(Ready), []byte("not yours"), 0, 0)
		if _, err := claimOnce(w, Slice{}); err != nil {
			t.Fatal(err)
		}
		n := w.disk.Lookup("/q/in/" + cacheName)
		if n == nil {
			t.Fatal("no cache")
		}
		data := slices.Clone(n.Data)
		switch rapid.IntRange(0, 5).Draw(t, "how") {
		case 0:
			data = rapid.SliceOf(rapid.Byte()).Draw(t, "content")
		case 1: // cut off
			data = data[:rapid.IntRange(0, len(data)).Draw(t, "length")]
		case 2: // other names, the header's sum being right
			copy(data[cacheHeaderSize+cacheRecord*rapid.IntRange(1, deep).Draw(t, "record"):],
				rapid.SampledFrom([]string{"../" + testID(0).String(), "\x00", testID(3).String() + "\n", "/etc/passwd\n"}).Draw(t, "name"))
		case 3: // handed out twice, or skipped
			data[cacheNextAt] = rapid.Byte().Draw(t, "next")
		case 4:
			for range 5 {
				data[rapid.IntRange(0, len(data)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			}
		case 5:
			in := w.disk.Lookup("/q/in")
			delete(in.Names, cacheName)
			kind := rapid.SampledFrom([]uint32{syscall.S_IFIFO, syscall.S_IFLNK, syscall.S_IFDIR}).Draw(t, "kind")
			w.disk.Place("/q/in/"+cacheName, kind, 0o666, 0, 0).Target = "/q/" + testID(0).Name(Ready)
		}
		n.Data = data
		claimed := map[ID]bool{}
		for process := 0; process < 40 && len(claimed) < deep+9; process++ {
			d, err := w.open("/q/in", Options{})
			must(t, err)
			taken := 0
			for c, err := range d.Claims(Slice{}, 32) {
				if err != nil || claimed[c.ID] {
					t.Fatalf("claimed again, or: %v", err)
				}
				claimed[c.ID] = true
				must(t, c.Close())
				if taken++; taken == 32 {
					break
				}
			}
			if taken < 32 {
				// What a forged cache skipped is found when it is too old.
				w.disk.Sleep(cacheLife + time.Second)
			}
			must(t, d.Close())
		}
		if len(claimed) != deep+9 {
			t.Fatalf("%d claimed", len(claimed))
		}
		if string(outside.Data) != "not yours" || w.disk.Lookup("/q/"+testID(0).Name(Ready)) != outside {
			t.Fatal("a file outside of the queue was touched")
		}
	})
}

// TestForgedCache: a header that is in order is not believed more than a file of
// its size can hold, nor of a directory too small to have such a note.
func TestForgedCache(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for range 3 {
		w.add(ready, &mail{})
	}
	d, err := w.open("/q/in", Options{})
	must(t, err)
	defer d.Close()
	n := w.disk.Put("/q/in/"+cacheName, nil, 0, 0)
	changed := w.disk.Lookup("/q/in").ModTime.UnixNano()
	for what, h := range map[string]cacheHeader{
		"of more names than any has": {Magic: cacheMagic, Generation: 1, Built: d.sys.Now().UnixNano(), Count: 1 << 62, Tail: math.Float64bits(1e300)},
		"that hides what is ready":   {Magic: cacheMagic, Changed: changed},
	} {
		n.Data = h.marshal()
		if got, err := d.takeCached(Slice{}, math.MaxInt); err != errNoCache {
			t.Errorf("a cache %s: %d names, empty: %v, %v", what, len(got.ids), got.empty, err)
		}
	}
}

// TestCacheFaults: a call that fails in the making of a cache costs the cache
// and not the claim.
func TestCacheFaults(t *testing.T) {
	t.Parallel()
	faults := 0
	for _, errno := range []syscall.Errno{syscall.EIO, syscall.ENOSPC, disk.ErrAccess} {
		for _, good := range []bool{false, true} {
			for n := 0; ; n++ {
				w := deepWorld(deep)
				calls, fired := 0, false
				w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
					if c.Op != "create" && c.Op != "write" && c.Op != "chown" && c.Op != "chmod" && c.Op != "unlink" &&
						!(c.Op == "rename" && strings.HasSuffix(c.Object, ".tmp")) && !strings.Contains(c.Object, cacheName) {
						return fakedisk.Verdict{}
					}
					if calls++; calls-1 == n || good && calls > n {
						fired = true
						return fakedisk.Verdict{Err: errno}
					}
					return fakedisk.Verdict{}
				}
				for k := range 3 {
					if id, err := claimOnce(w, Slice{}); err != nil || id != testID(k) {
						t.Fatalf("%v at call %d: claimed %s, %v", errno, n, id, err)
					}
				}
				if !fired {
					break
				}
				faults++
				w.disk.Hook = nil
				for name := range w.disk.Lookup("/q/in").Names {
					if _, s := SplitName(name); s == Temporary && !good {
						t.Fatalf("%v at call %d left %s", errno, n, name)
					}
				}
			}
		}
	}
	if faults < 20 {
		t.Errorf("%d faults", faults)
	}
}

// TestCacheCut: a cache is never synced, and a cut of the power may leave any
// part of it.
func TestCacheCut(t *testing.T) {
	t.Parallel()
	w := deepWorld(deep)
	moments, err := record(w, func(w *world) error {
		for range 3 {
			if _, err := claimOnce(w, Slice{}); err != nil {
				return err
			}
		}
		return nil
	}, nil)
	must(t, err)
	rng := rand.New(rand.NewPCG(1, 1))
	for _, m := range moments {
		m.disk.Cuts(3, rng, func(left *fakedisk.Disk) {
			after := w.on(left)
			// A cache may be ahead of the claims that were lost with the
			// power, until it is too old.
			left.Sleep(cacheLife + time.Second)
			d, err := after.open("/q/in", Options{})
			must(t, err)
			list, err := d.List(Ready, nil)
			must(t, err)
			flying, err := d.List(InFlight, nil)
			must(t, err)
			if len(list)+len(flying) != deep {
				t.Fatalf("%s: %d ready, %d in flight", m.what, len(list), len(flying))
			}
			for _, want := range list[:2] {
				if id, err := claimOnce(after, Slice{}); err != nil || id != want {
					t.Fatalf("%s: claimed %s, %v, not %s", m.what, id, err, want)
				}
			}
		})
	}
}
