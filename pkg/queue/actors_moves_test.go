package queue

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"switchboard/pkg/message"
)

// This file has what the processes of TestActors do, and the results that the test
// expects.

func (a *actors) enqueue(t *rapid.T) {
	p := a.actor(t)
	if p.sys.UID != 0 {
		t.Skip("its entries would have another owner")
	}
	var batch []*mail
	told := 0
	p.dir.opt.Format = rapid.SampledFrom([]message.Dialect{message.Mailman2, message.Mailman3}).Draw(t, "format")
	b := p.dir.NewBatch(func(path string) error {
		id, s := SplitName(path[strings.LastIndexByte(path, '/')+1:])
		if s != Ready {
			t.Fatalf("told %s", path)
		}
		m := batch[told]
		m.id = id
		a.at(m, ready, 0)
		told++
		return nil
	})
	for range rapid.IntRange(1, 4).Draw(t, "messages") {
		a.n++
		m := &mail{text: "Subject: " + rapid.StringMatching(`[a-z]{0,300}`).Draw(t, "text") + "\n\n" + mailText(a.n)}
		must(t, text(m.text)(b))
		batch = append(batch, m)
		a.w.mails = append(a.w.mails, m)
		a.where[m] = gone
	}
	if rapid.Bool().Draw(t, "killed") {
		p.sys.Kill()
		a.reopen(t, p)
		return
	}
	must(t, b.Flush())
	if told != len(batch) {
		t.Fatalf("%d of %d were told", told, len(batch))
	}
}

func (a *actors) reopen(t *rapid.T, p *actor) {
	d, err := openWith(p.sys, "/q/in", Options{})
	must(t, err)
	p.dir, p.claims = d, map[*mail]*Claim{}
}

// claimable lists what can be claimed, oldest first.
func (a *actors) claimable(keep func(ID) bool) []*mail {
	var list []*mail
	for _, m := range a.w.mails {
		if a.where[m].place == ready && keep(m.id) && !a.taken(m, inFlight) {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(m, n *mail) int { return m.id.Compare(n.id) })
	return list
}

func (a *actors) claim(t *rapid.T) {
	p := a.actor(t)
	count := rapid.Uint64Range(1, 4).Draw(t, "slices")
	s := Slice{rapid.Uint64Range(0, count-1).Draw(t, "slice"), count}
	next := pull(t, p.dir.Claims(s, 1))
	for range rapid.IntRange(1, 3).Draw(t, "count") {
		want := a.claimable(s.Filter())
		c, err := next()
		for passedOver(err) {
			c, err = next()
		}
		if err == io.EOF && len(want) == 0 {
			return
		}
		must(t, err)
		if len(want) == 0 || c.ID != want[0].id {
			t.Fatalf("claimed %s of %d", c.ID, len(want))
		}
		a.claimed(t, p, want[0], c)
	}
}

func (a *actors) claimed(t *rapid.T, p *actor, m *mail, c *Claim) {
	if c.Content.Restores() != a.where[m].restores {
		t.Fatalf("restored %d times", c.Content.Restores())
	}
	a.at(m, inFlight, a.where[m].restores)
	if rapid.Bool().Draw(t, "hold") {
		p.claims[m] = c
	} else {
		must(t, c.Close())
	}
}

func (a *actors) dequeue(t *rapid.T) {
	p, m := a.actor(t), rapid.SampledFrom(append(a.w.mails, &mail{id: testID(9999)})).Draw(t, "mail")
	if m.id == (ID{}) {
		t.Skip("never stored")
	}
	c, err := p.dir.Dequeue(m.id)
	for _, twin := range a.w.mails {
		if twin.id != m.id || a.where[twin].place != ready {
			continue
		}
		if a.taken(twin, inFlight) {
			if !errors.Is(err, ErrConflict) {
				t.Fatalf("claimed over another file: %v", err)
			}
			return
		}
		must(t, err)
		a.claimed(t, p, twin, c)
		return
	}
	if !errors.Is(err, ErrState) {
		t.Fatalf("claimed what was %v: %v", a.where[m], err)
	}
}

// let closes the claim on a mail, as a process does when it ends its work.
func (a *actors) let(m *mail) {
	for _, p := range a.procs {
		if c := p.claims[m]; c != nil {
			c.Close()
			delete(p.claims, m)
		}
	}
}

func (a *actors) finish(t *rapid.T) {
	p, m := a.actor(t), a.mail(t, inFlight)
	must(t, p.dir.Finish(m.id))
	must(t, p.dir.Sync())
	a.where[m] = gone
	a.let(m)
	if err := p.dir.Finish(m.id); !errors.Is(err, ErrState) {
		t.Fatalf("finished twice: %v", err)
	}
}

func (a *actors) requeue(t *rapid.T) {
	p, m := a.actor(t), a.mail(t, inFlight)
	err := p.dir.Requeue(m.id)
	if a.taken(m, ready) {
		if !errors.Is(err, ErrConflict) {
			t.Fatalf("requeued over another file: %v", err)
		}
		return
	}
	must(t, err)
	must(t, p.dir.Sync())
	a.at(m, ready, a.where[m].restores)
	a.let(m)
}

func (a *actors) preserve(t *rapid.T) {
	p, m := a.procs[rapid.IntRange(0, 1).Draw(t, "process")], a.mail(t, inFlight)
	to := rapid.SampledFrom([]place{preserved, farAway}).Draw(t, "bad")
	must(t, p.dir.Close())
	d, err := openWith(p.sys, "/q/in", Options{Bad: to.dir})
	must(t, err)
	_, preserving := d.Preserve(m.id)
	must(t, d.Close())
	p.dir, err = openWith(p.sys, "/q/in", Options{})
	must(t, err)
	if a.taken(m, to) {
		if !errors.Is(preserving, ErrConflict) {
			t.Fatalf("preserved over another file: %v", preserving)
		}
		// The entry was locked, so its origin was noted in a copy. The copy is in flight
		// now, and it is not locked.
		a.let(m)
		return
	}
	must(t, preserving)
	a.at(m, to, a.where[m].restores)
	a.let(m)
}

func (a *actors) restore(t *rapid.T) {
	p := a.procs[rapid.IntRange(0, 1).Draw(t, "process")]
	limit := rapid.IntRange(0, 4).Draw(t, "limit")
	want := map[*mail]outcome{}
	for m, o := range a.where {
		switch {
		case o.place != inFlight || a.held(m) || a.taken(m, ready):
		case limit > 0 && o.restores+1 >= limit:
			if !a.taken(m, preserved) {
				want[m] = at(preserved, max(o.restores, min(limit, o.restores+1)))
			}
		default:
			want[m] = at(ready, o.restores+1)
		}
	}
	before := maps.Clone(a.where)
	maps.Copy(a.where, want)
	err := p.dir.Restore(RestoreOptions{MaxRestores: limit}, func(r Outcome, err error) {
		for m, o := range before {
			if o.place != inFlight || m.id != r.ID {
				continue
			}
			now, restored := want[m]
			switch {
			case restored && err != nil:
				t.Fatalf("%s, %v, restored %d times, limit %d: %v", m.id, o, o.restores, limit, err)
			case restored && (r.Restores != now.restores || r.Preserved != (now.place == preserved)):
				t.Fatalf("told %+v of %v", r, now)
			case !restored && !errors.Is(err, ErrBusy) && !errors.Is(err, ErrConflict):
				t.Fatalf("%s, held or in conflict: %v", m.id, err)
			case !restored && errors.Is(err, ErrConflict) && !a.taken(m, ready):
				// The count went up before Restore found the name taken.
				a.at(m, inFlight, r.Restores)
			}
		}
	})
	must(t, err)
}

func (a *actors) release(t *rapid.T) {
	p := a.procs[rapid.IntRange(0, 1).Draw(t, "process")]
	from := rapid.SampledFrom([]place{preserved, farAway}).Draw(t, "from")
	m := a.mail(t, from)
	bad, err := openWith(p.sys, from.dir, Options{})
	must(t, err)
	defer bad.Close()
	_, err = release(bad, m.id, Preserved, p.dir, false)
	if a.taken(m, ready) || a.taken(m, inFlight) {
		if !errors.Is(err, ErrConflict) {
			t.Fatalf("released over another file: %v", err)
		}
		if !a.taken(m, inFlight) {
			a.at(m, from, 0)
		}
		return
	}
	must(t, err)
	a.at(m, ready, 0)
}

// move moves an entry to the queue hold, or from there back to the queue in.
func (a *actors) move(t *rapid.T) {
	p, from, to := a.actor(t), ready, hold
	o := MoveOptions{From: Ready, Beside: "hold"}
	if rapid.Bool().Draw(t, "back") {
		from, to, o.Beside = hold, ready, "in"
	}
	m := a.mail(t, from)
	dir := p.dir
	if from == hold {
		d, err := openWith(p.sys, from.dir, Options{})
		must(t, err)
		defer d.Close()
		dir = d
	}
	taken := false
	if there := a.w.disk.Lookup(to.dir); there != nil {
		for _, s := range []State{Ready, InFlight, Preserved, Temporary} {
			taken = taken || there.Names[m.id.Name(s)] != nil
		}
	}
	dir.Move([]ID{m.id}, o, func(_ Outcome, err error) {
		switch {
		case taken && !errors.Is(err, ErrConflict):
			t.Fatalf("moved beside another file of that name: %v", err)
		case !taken:
			must(t, err)
			a.at(m, to, a.where[m].restores)
		}
	})
}

func (a *actors) discard(t *rapid.T) {
	p, m := a.actor(t), a.mail(t, ready)
	p.dir.Discard([]ID{m.id}, DiscardOptions{From: Ready}, func(_ Outcome, err error) {
		must(t, err)
		a.where[m] = gone
	})
}
