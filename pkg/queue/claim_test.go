package queue

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/claims"
	"switchboard/pkg/queue/internal/disk"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

func TestClaimsOldestFirst(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready, InFlight, Ready, Preserved, Ready, Temporary, Ready)
	if got := take(t, d.Claims(Slice{}, 1)); got != "aceg" {
		t.Errorf("claimed %s", got)
	}
	expectNames(t, d.Path(), "a.bak b.bak c.bak d.psv e.bak f.pck.tmp g.bak")
	if _, err := first(d.Claims(Slice{}, 1)); err != io.EOF {
		t.Errorf("claimed of nothing: %v", err)
	}
}

func TestClaimsOfAllIsASnapshot(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready, Ready)
	got := passThrough(t, d.ClaimsOfAll(Slice{}), func(c *Claim) error {
		writeEntry(t, d.Path(), testID(5), Ready, entryFile(message.Mailman2, mailText(5)))
		return c.Requeue()
	})
	if got != "ab" {
		t.Errorf("claimed %s", got)
	}
}

func TestClaimSlices(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready, Ready, Ready, Ready, Ready, Ready, Ready, Ready)
	var all strings.Builder
	for i := range uint64(3) {
		s := Slice{i, 3}
		var want strings.Builder
		for n := range 8 {
			if s.Filter()(testID(n)) {
				want.WriteString(string(rune('a' + n)))
			}
		}
		got := take(t, d.Claims(s, 1))
		if got != want.String() {
			t.Errorf("%v has %s, not %s", s, got, want.String())
		}
		all.WriteString(got)
	}
	if all.Len() != 8 {
		t.Errorf("the slices have %s", all.String())
	}
}

// TestStrays checks that a FIFO does not block, that a link is not followed, and that no
// stray is moved or removed.
func TestStrays(t *testing.T) {
	t.Parallel()
	var o Options
	told := notices(&o)
	d := realQueue(t, o)
	in := d.Path()
	outside := filepath.Join(filepath.Dir(in), "outside")
	must(t, os.WriteFile(outside, entryFile(message.Mailman2, mailText(0)), 0o660))
	for n, s := range []State{Ready, InFlight, Preserved, Temporary} {
		must(t, os.Symlink(outside, filepath.Join(in, testID(4*n).Name(s))))
		must(t, syscall.Mkfifo(filepath.Join(in, testID(4*n+1).Name(s)), 0o600))
		must(t, os.Mkdir(filepath.Join(in, testID(4*n+2).Name(s)), 0o700))
		must(t, os.Symlink("/dev/zero", filepath.Join(in, testID(4*n+3).Name(s))))
	}
	for _, name := range []string{"foo.pck", "1.0+zz.pck", "new\nline.pck", ".hidden"} {
		must(t, os.WriteFile(filepath.Join(in, name), []byte("text"), 0o600))
	}
	before := names(t, in)
	finished := make(chan bool)
	go func() {
		defer close(finished)
		if got := take(t, d.Claims(Slice{}, 1)); got != "" {
			t.Errorf("claimed %s", got)
		}
		for n := range 16 {
			if _, err := d.Dequeue(testID(n)); err == nil {
				t.Errorf("claimed %d", n)
			} else if n < 4 && !errors.Is(err, ErrStray) {
				t.Errorf("claiming %d: %v", n, err)
			}
			for what, err := range map[string]error{
				"finished": d.Finish(testID(n)), "requeued": d.Requeue(testID(n)), "preserved": second(d.Preserve(testID(n))),
				"read": second(d.Read(testID(n), Preserved)), "released": second(release(d, testID(n), Preserved, d, false)),
			} {
				if !errors.Is(err, ErrStray) && !errors.Is(err, ErrState) {
					t.Errorf("%d was %s: %v", n, what, err)
				}
			}
		}
		must(t, d.Restore(RestoreOptions{MaxRestores: 1}, func(r Outcome, err error) { t.Errorf("restored %v, %v", r, err) }))
		swept, err := d.SweepTemporary(0, false)
		if err != nil || len(swept) > 0 {
			t.Errorf("swept %v, %v", swept, err)
		}
	}()
	select {
	case <-finished:
	case <-time.After(time.Minute):
		t.Fatal("something waits for a FIFO")
	}
	if after := names(t, in); after != before {
		t.Errorf("there were %q, there are %q", before, after)
	}
	counts, err := d.Count(Slice{})
	must(t, err)
	if counts.ByState != [5]int{Stray: 20} {
		t.Errorf("counted %v", counts.ByState)
	}
	if len(*told) > 0 {
		t.Errorf("told %v", *told)
	}
}

func second[T any](_ T, err error) error { return err }

func TestClaimConflict(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, InFlight, Ready)
	writeEntry(t, d.Path(), testID(0), Ready, entryFile(message.Mailman2, "another"))
	if got := take(t, d.Claims(Slice{}, 1)); got != "a!b" {
		t.Errorf("claimed %s", got)
	}
	expectNames(t, d.Path(), "a.bak a.pck b.bak")
	if _, err := d.Dequeue(testID(0)); !errors.Is(err, ErrConflict) {
		t.Errorf("claimed by name: %v", err)
	}
}

func TestClaimUnreadable(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Stray, Ready)
	writeEntry(t, d.Path(), testID(0), Ready, []byte("garbage"))
	writeEntry(t, d.Path(), testID(2), Ready, nil)
	bad := filepath.Join(filepath.Dir(d.Path()), "bad")
	for c, err := range d.Claims(Slice{}, 1) {
		if err == nil {
			must(t, c.Close())
			continue
		}
		failed, ok := errors.AsType[*ClaimError](err)
		if !ok || !errors.Is(err, ErrMalformed) || failed.Preserved != filepath.Join(bad, failed.ID.Name(Preserved)) {
			t.Errorf("%v, preserved as %q", err, failed.Preserved)
		}
	}
	expectNames(t, d.Path(), "a b.bak")
	expectNames(t, bad, "a.psv c.psv")
	if _, err := d.Dequeue(testID(0)); !errors.Is(err, ErrState) {
		t.Errorf("claimed what was preserved: %v", err)
	}
}

// TestClaimUnreadableStays checks that unreadable entries that cannot be preserved stay,
// and that they neither stop the claims nor make them spin, however many there are.
func TestClaimUnreadableStays(t *testing.T) {
	t.Parallel()
	for _, count := range []int{3, claims.Deep + 50} {
		w := newWorld()
		for n := range count {
			w.disk.Put(ready.path(testID(n)), []byte("garbage"), listUID, listGID)
		}
		w.disk.Put(ready.path(testID(count)), entryFile(message.Mailman2, "good"), listUID, listGID)
		w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
			if c.Op == "opendir" && c.Object == "/q/bad" {
				return fakedisk.Verdict{Err: disk.ErrAccess}
			}
			return fakedisk.Verdict{}
		}
		d, err := w.open("/q/in", Options{})
		must(t, err)
		claimed, calls := 0, 0
		for c, err := range d.Claims(Slice{}, 1) {
			if err == nil {
				claimed++
				must(t, c.Close())
			} else if failed, ok := errors.AsType[*ClaimError](err); !ok || failed.Preserved != "" {
				t.Fatal(err)
			}
			if calls++; calls == 3*count {
				break
			}
		}
		if claimed != 1 || calls == 3*count {
			t.Errorf("of %d unreadable ones and a good one %d were claimed in %d calls", count, claimed, calls)
		}
		counts, err := d.Count(Slice{})
		must(t, err)
		if counts.ByState[Ready] != count || counts.ByState[InFlight] != 1 {
			t.Errorf("counted %v", counts.ByState)
		}
	}
}

func TestClaimLocked(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready, Ready)
	f, err := os.Open(d.EntryPath(testID(0), Ready))
	must(t, err)
	defer f.Close()
	must(t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
	if got := take(t, d.Claims(Slice{}, 1)); got != "a!b" {
		t.Errorf("claimed %s", got)
	}
	if _, err := d.Dequeue(testID(0)); !errors.Is(err, ErrBusy) {
		t.Errorf("claimed what is locked: %v", err)
	}
	must(t, f.Close())
	if got := take(t, d.Claims(Slice{}, 1)); got != "a" {
		t.Errorf("claimed %s after the lock was gone", got)
	}
}

// TestClaimSwapped checks that Dequeue does not claim another file that was put in the
// entry's place between the look at the entry and its use.
func TestClaimSwapped(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(ready, &mail{after: []outcome{at(ready, 0)}})
	w.disk.Put("/q/other", []byte("another"), 0, 0)
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		if c.Op == "rename" {
			w.disk.Mu.Lock()
			in := w.disk.Lookup("/q/in")
			was := in.Names[testID(0).Name(Ready)]
			w.disk.Set(fakedisk.Slot{Dir: in, Name: testID(0).Name(Ready), File: w.disk.Lookup("/q/other")})
			w.disk.Set(fakedisk.Slot{Dir: w.disk.Lookup("/q"), Name: "kept", File: was})
			w.disk.Mu.Unlock()
			w.disk.Hook = nil
		}
		return fakedisk.Verdict{}
	}
	d, err := w.open("/q/in", Options{})
	must(t, err)
	if _, err := d.Dequeue(testID(0)); !errors.Is(err, ErrBusy) {
		t.Errorf("claimed another file: %v", err)
	}
	if n := w.disk.Lookup(ready.path(testID(0))); n == nil || string(n.Data) != "another" {
		t.Errorf("what was swapped in is not where it was: %q", w.disk.Tree())
	}
}

// TestClaimCannotRead checks that a read error of the disk is returned, and that the
// entry stays ready: such an error says nothing about the entry.
func TestClaimCannotRead(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(ready, &mail{})
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		if c.Op == "read" {
			return fakedisk.Verdict{Err: syscall.EIO}
		}
		return fakedisk.Verdict{}
	}
	d, err := w.open("/q/in", Options{})
	must(t, err)
	if _, err := first(d.Claims(Slice{}, 1)); !errors.Is(err, syscall.EIO) {
		t.Errorf("claimed: %v", err)
	}
	if w.disk.Lookup(ready.path(testID(0))) == nil {
		t.Errorf("it is not ready: %q", w.disk.Tree())
	}
}

func TestPutBack(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready)
	before, err := os.ReadFile(d.EntryPath(testID(0), Ready))
	must(t, err)
	c, err := d.Dequeue(testID(0))
	must(t, err)
	if c.Path() != d.EntryPath(testID(0), InFlight) {
		t.Errorf("claimed as %s", c.Path())
	}
	must(t, c.Requeue())
	after, err := os.ReadFile(d.EntryPath(testID(0), Ready))
	must(t, err)
	if string(before) != string(after) {
		t.Error("it was changed")
	}
}

// TestDequeueLate claims an entry that another process claims and restores between this
// process's open and its lock. The restore makes the file longer.
func TestDequeueLate(t *testing.T) {
	t.Parallel()
	w := newWorld()
	m := &mail{}
	w.add(ready, m)
	d, err := w.open("/q/in", Options{})
	must(t, err)
	defer d.Close()
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		if c.Op == "lock" {
			w.disk.Hook = nil
			other, err := w.open("/q/in", Options{})
			must(t, err)
			claim, err := other.Dequeue(m.id)
			must(t, err)
			must(t, claim.Close())
			must(t, other.Restore(RestoreOptions{}, func(_ Outcome, err error) { must(t, err) }))
			must(t, other.Close())
		}
		return fakedisk.Verdict{}
	}
	claim, err := d.Dequeue(m.id)
	if err != nil {
		t.Fatal(err)
	}
	if n := claim.Content.Restores(); n != 1 {
		t.Errorf("restored %d times", n)
	}
	must(t, claim.Close())
}
