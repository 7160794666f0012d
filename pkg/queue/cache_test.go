package queue

import (
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"switchboard/pkg/queue/internal/claims"
	"switchboard/pkg/queue/internal/disk"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// TestHostileCache checks that whatever is in the cache, each entry is claimed exactly
// once.
func TestHostileCache(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := deepWorld(claims.Deep + 10)
		outside := w.disk.Put("/q/"+testID(0).Name(Ready), []byte("not yours"), 0, 0)
		if _, err := claimOnce(w, Slice{}); err != nil {
			t.Fatal(err)
		}
		n := w.disk.Lookup("/q/in/" + claims.Name)
		if n == nil {
			t.Fatal("no cache")
		}
		data := slices.Clone(n.Data)
		switch rapid.IntRange(0, 5).Draw(t, "how") {
		case 0:
			data = rapid.SliceOf(rapid.Byte()).Draw(t, "content")
		case 1: // cut off
			data = data[:rapid.IntRange(0, len(data)).Draw(t, "length")]
		case 2: // a wrong name (72 bytes) after the header (64 bytes), which has the right sum
			copy(data[64+72*rapid.IntRange(1, claims.Deep).Draw(t, "record"):],
				rapid.SampledFrom([]string{"../" + testID(0).String(), "\x00", testID(3).String() + "\n", "/etc/passwd\n"}).Draw(t, "name"))
		case 3: // byte 56 is the number of names handed out: some are repeated or skipped
			data[56] = rapid.Byte().Draw(t, "next")
		case 4:
			for range 5 {
				data[rapid.IntRange(0, len(data)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			}
		case 5:
			in := w.disk.Lookup("/q/in")
			delete(in.Names, claims.Name)
			kind := rapid.SampledFrom([]uint32{syscall.S_IFIFO, syscall.S_IFLNK, syscall.S_IFDIR}).Draw(t, "kind")
			w.disk.Place("/q/in/"+claims.Name, kind, 0o666, 0, 0).Target = "/q/" + testID(0).Name(Ready)
		}
		n.Data = data
		claimed := map[ID]bool{}
		for process := 0; process < 40 && len(claimed) < claims.Deep+9; process++ {
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
				// Entries that a forged cache skipped are found once the cache is too
				// old.
				w.disk.Sleep(claims.Life + time.Second)
			}
			must(t, d.Close())
		}
		if len(claimed) != claims.Deep+9 {
			t.Fatalf("%d claimed", len(claimed))
		}
		if string(outside.Data) != "not yours" || w.disk.Lookup("/q/"+testID(0).Name(Ready)) != outside {
			t.Fatal("a file outside the queue was touched")
		}
	})
}

// TestCacheFaults checks that if a call fails while a cache is made, only the cache is
// lost, and the claim succeeds.
func TestCacheFaults(t *testing.T) {
	t.Parallel()
	faults := 0
	for _, errno := range []syscall.Errno{syscall.EIO, syscall.ENOSPC, disk.ErrAccess} {
		for _, good := range []bool{false, true} {
			for n := 0; ; n++ {
				w := deepWorld(claims.Deep)
				calls, fired := 0, false
				w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
					if c.Op != "create" && c.Op != "write" && c.Op != "chown" && c.Op != "chmod" && c.Op != "unlink" &&
						!(c.Op == "rename" && strings.HasSuffix(c.Object, ".tmp")) && !strings.Contains(c.Object, claims.Name) {
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

// TestCacheCut checks that entries are claimed in order, whatever part of a cache a power
// cut leaves. A cache is never synced.
func TestCacheCut(t *testing.T) {
	t.Parallel()
	w := deepWorld(claims.Deep)
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
			// Until a cache is too old, it may leave out entries whose claims the
			// power cut undid.
			left.Sleep(claims.Life + time.Second)
			d, err := after.open("/q/in", Options{})
			must(t, err)
			list, err := idsOf(d.List(nil, Ready))
			must(t, err)
			flying, err := idsOf(d.List(nil, InFlight))
			must(t, err)
			if len(list)+len(flying) != claims.Deep {
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
