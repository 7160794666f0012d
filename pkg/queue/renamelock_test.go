package queue

import (
	"errors"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// heldNames returns a queue on NFS whose lock of renames another process holds.
func heldNames(t *testing.T) (*world, *Dir, *Dir) {
	t.Helper()
	w := newWorld()
	w.disk.NFS = true
	for range 3 {
		w.add(ready, &mail{})
	}
	other := w.on(w.disk)
	other.sys.ID = 2
	holder, err := other.open("/q/in", Options{})
	must(t, err)
	_, err = holder.lockNames()
	must(t, err)
	d, err := w.open("/q/in", Options{})
	must(t, err)
	return w, d, holder
}

// TestNamesHeld checks that the wait for the lock of renames has a limit, that a batch
// waits only once, and that the error says to try again later.
func TestNamesHeld(t *testing.T) {
	t.Parallel()
	w, d, holder := heldNames(t)
	calls := 0
	w.disk.Hook = func(fakedisk.Call) fakedisk.Verdict { calls++; return fakedisk.Verdict{} }
	began := w.disk.Clock
	next := pull(t, d.Claims(Slice{}, 3))
	for range 3 {
		_, err := next()
		if failed, ok := errors.AsType[*ClaimError](err); !ok || failed.Locked || !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), namesLockName) {
			t.Fatalf("claimed: %v", err)
		}
	}
	if waited := w.disk.Clock.Sub(began); waited < namesPatience || waited > 2*namesPatience || calls > 300 {
		t.Errorf("%d calls in %v", calls, waited)
	}
	must(t, holder.Close())
	if _, err := d.Dequeue(testID(0)); err != nil {
		t.Errorf("after its holder's end: %v", err)
	}
}

// TestNamesLockRemoved removes the lock file by hand, and checks that two processes do
// not lock two different files.
func TestNamesLockRemoved(t *testing.T) {
	t.Parallel()
	w, d, holder := heldNames(t)
	must(t, holder.Close())
	unlock, err := d.lockNames()
	must(t, err)
	unlock()
	dir := w.disk.Lookup("/q/in")
	w.disk.Set(fakedisk.Slot{Dir: dir, Name: namesLockName})
	if unlock, err = d.lockNames(); err != nil || dir.Names[namesLockName] == nil {
		t.Fatalf("locked a file without a name: %v", err)
	}
	unlock()
	counts, err := d.Count(Slice{})
	must(t, err)
	if counts.ByState[Stray] != 0 || counts.ByState[Ready] != 3 {
		t.Errorf("the lock file is counted: %v", counts)
	}
	must(t, d.Close())
}

// TestNamesHeldForReal waits for a real lock for a short time.
func TestNamesHeldForReal(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready)
	other, err := Open(d.Path(), Options{})
	must(t, err)
	unlock, err := other.lockNames()
	must(t, err)
	time.AfterFunc(50*time.Millisecond, unlock)
	must(t, d.renameLocked(testID(0).Name(Ready), d, testID(0).Name(InFlight)))
	must(t, d.Close())
	must(t, other.Close())
}
