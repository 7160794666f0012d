package queue

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// TestActors lets several processes, a Mailman and a few people work on one queue at
// random. It kills some of the processes, cuts the power, and checks that the contract is
// kept.
func TestActors(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := &actors{w: newWorld(), where: map[*mail]outcome{}, junk: map[string]*fakedisk.Inode{}}
		a.boot(t)
		t.Repeat(map[string]func(*rapid.T){
			"enqueue":   a.enqueue,
			"claim":     a.claim,
			"claim one": a.dequeue,
			"finish":    a.finish,
			"requeue":   a.requeue,
			"preserve":  a.preserve,
			"restore":   a.restore,
			"release":   a.release,
			"move":      a.move,
			"discard":   a.discard,
			"sweep":     a.sweep,
			"mailman":   a.mailman,
			"litter":    a.litter,
			"clock": func(t *rapid.T) {
				a.w.disk.Sleep(time.Duration(rapid.Int64Range(-10, 7200).Draw(t, "s")) * time.Second)
			},
			"kill":  a.kill,
			"cut":   a.cut,
			"crash": a.crash,
			"":      a.check,
		})
	})
}

// actors is what the test knows about the world: where each mail is.
type actors struct {
	w     *world
	where map[*mail]outcome
	procs []*actor
	junk  map[string]*fakedisk.Inode
	n     int
}

// actor is a process with the queue open.
type actor struct {
	sys    *fakedisk.Process
	dir    *Dir
	claims map[*mail]*Claim
}

// GoString keeps rapid's reports short.
func (m moment) GoString() string { return fmt.Sprintf("call %d, %s", m.call, m.what) }
func (p *actor) GoString() string { return fmt.Sprint("process ", p.sys.ID) }

// boot starts three processes. The last one runs as another user, who is a member of the
// group.
func (a *actors) boot(t *rapid.T) {
	a.procs = nil
	for i := range 3 {
		p := &actor{sys: &fakedisk.Process{Disk: a.w.disk, ID: i + 1}, claims: map[*mail]*Claim{}}
		if i == 2 {
			p.sys.UID, p.sys.GID, p.sys.Groups = 1000, 1000, []int{listGID}
		}
		d, err := openWith(p.sys, "/q/in", Options{})
		must(t, err)
		p.dir = d
		a.procs = append(a.procs, p)
	}
}

func (a *actors) actor(t *rapid.T) *actor { return rapid.SampledFrom(a.procs).Draw(t, "process") }

// mail draws one of the mails at a place. If there is none, it skips the action.
func (a *actors) mail(t *rapid.T, p place) *mail {
	var list []*mail
	for _, m := range a.w.mails {
		if a.where[m].place == p {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		t.Skip("none there")
	}
	return rapid.SampledFrom(list).Draw(t, "mail")
}

func (a *actors) at(m *mail, p place, restores int) { a.where[m] = at(p, restores) }

// taken says whether another mail with m's name is at a place.
func (a *actors) taken(m *mail, p place) bool {
	for _, other := range a.w.mails {
		if other != m && other.id == m.id && a.where[other].place == p {
			return true
		}
	}
	return false
}

// held says whether a live process holds the lock of a mail's claim.
func (a *actors) held(m *mail) bool {
	return slices.ContainsFunc(a.procs, func(p *actor) bool { return p.claims[m] != nil })
}

func (a *actors) sweep(t *rapid.T) {
	_, err := a.procs[0].dir.SweepTemporary(time.Hour, false)
	must(t, err)
}

// mailman does what a real Mailman does in the directory, without any lock.
func (a *actors) mailman(t *rapid.T) {
	dir := a.w.disk.Lookup("/q/in")
	move := func(m *mail, to place) {
		if dir.Names[m.id.Name(to.state)] != nil {
			t.Skip("Mailman would overwrite it")
		}
		a.w.disk.Set(fakedisk.Slot{Dir: dir, Name: m.id.Name(a.where[m].state)}, fakedisk.Slot{Dir: dir, Name: m.id.Name(to.state), File: dir.Names[m.id.Name(a.where[m].state)]})
		a.at(m, to, a.where[m].restores)
	}
	switch rapid.IntRange(0, 2).Draw(t, "does") {
	case 0:
		a.n++
		m := &mail{text: mailText(a.n), id: testID(rapid.IntRange(0, 20).Draw(t, "name"))}
		if dir.Names[m.id.Name(Ready)] != nil {
			t.Skip("Mailman would overwrite it")
		}
		m.file = entryFile(message.Mailman2, m.text)
		m.end = len(messagePickle(message.Mailman2, m.text))
		a.w.disk.WriteBack(dir.FS)
		a.w.disk.Put(ready.path(m.id), m.file, listUID, listGID)
		a.w.mails = append(a.w.mails, m)
		a.at(m, ready, 0)
	case 1:
		move(a.mail(t, ready), inFlight)
	case 2:
		m := a.mail(t, inFlight)
		if !a.held(m) {
			move(m, ready)
		}
	}
}

// litter puts a file into the queue that is not an entry.
func (a *actors) litter(t *rapid.T) {
	name := rapid.SampledFrom([]string{"foo.pck", "1.0+zz.pck", "1.0+" + strings.Repeat("0", 40) + ".pck",
		"2.0+" + strings.Repeat("0", 40) + ".bak", "new\nline.pck", ".pck", "README", testID(3).Name(Temporary)}).Draw(t, "name")
	kinds := []uint32{syscall.S_IFIFO, syscall.S_IFLNK, syscall.S_IFDIR, syscall.S_IFSOCK}
	if _, s := SplitName(name); s == Stray {
		kinds = append(kinds, syscall.S_IFREG)
	}
	path := "/q/in/" + name
	if a.w.disk.Lookup("/q/in").Names[name] == nil {
		a.junk[path] = a.w.disk.Place(path, rapid.SampledFrom(kinds).Draw(t, "kind"), 0o600, 0, 0)
	}
}

func (a *actors) kill(t *rapid.T) {
	p := a.actor(t)
	p.sys.Kill()
	a.reopen(t, p)
}

// cut cuts the power. Changes that are not yet durable may survive or not.
func (a *actors) cut(t *rapid.T) { a.survive(t, a.w.disk, 0) }

// crash cuts the power in the middle of a restore.
func (a *actors) crash(t *rapid.T) {
	w := a.w.on(a.w.disk.Snapshot())
	moments, _ := record(w, restoreAll, nil) // the error may report conflicts
	a.survive(t, rapid.SampledFrom(moments).Draw(t, "moment").disk, 1)
}

// survive continues with one of the disks that a power cut may leave. Every mail that is
// not gone must be in exactly one place, and more is how many times it may have been
// restored in the meantime.
func (a *actors) survive(t *rapid.T, disk *fakedisk.Disk, more int) {
	var left *fakedisk.Disk
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "cut"), 0))
	seen := 0
	disk.Cuts(8, rng, func(d *fakedisk.Disk) {
		if seen++; rng.IntN(seen) == 0 {
			left = d
		}
	})
	a.w.disk = left
	all, err := a.w.find()
	must(t, err)
	for _, m := range a.w.mails {
		switch o := a.where[m]; {
		case o == gone && len(all[m]) > 0 && m.id != (ID{}):
			t.Fatalf("finished, and back: %v", all[m])
		case o == gone: // finished, or never reported as stored
		case len(all[m]) != 1:
			t.Fatalf("%s was %v and is in %d places", m.id, o, len(all[m]))
		default:
			a.where[m] = all[m][0].outcome
			if n := a.where[m].restores - o.restores; n < 0 || n > more {
				t.Fatalf("%s was %v and is %v", m.id, o, a.where[m])
			}
		}
	}
	for path := range a.junk {
		a.junk[path] = a.w.disk.Lookup("/q/in").Names[strings.TrimPrefix(path, "/q/in/")]
	}
	a.boot(t)
}

// check compares the queues with what the test knows.
func (a *actors) check(t *rapid.T) {
	all, err := a.w.find()
	must(t, err)
	for _, m := range a.w.mails {
		o := a.where[m]
		if o == gone && len(all[m]) == 0 {
			continue
		}
		if len(all[m]) != 1 || all[m][0].outcome != o {
			t.Fatalf("%s should be %v and is %v\n%q", m.id, o, all[m], a.w.disk.Tree())
		}
	}
	for path, n := range a.junk {
		if a.w.disk.Lookup("/q/in").Names[strings.TrimPrefix(path, "/q/in/")] != n || n == nil {
			t.Fatalf("%s is not what it was", path)
		}
	}
	counts, err := a.procs[0].dir.Count(Slice{})
	must(t, err)
	for s, p := range map[State]place{Ready: ready, InFlight: inFlight} {
		n := 0
		for _, o := range a.where {
			if o.place == p {
				n++
			}
		}
		if counts.ByState[s] != n {
			t.Fatalf("%d %v counted, there are %d", counts.ByState[s], s, n)
		}
	}
}
