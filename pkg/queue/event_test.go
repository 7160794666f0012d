package queue

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// TestEventsAreTrue checks every event of every scenario at the moment at which it is told:
// the entry has gone from its old path and is at the new one, even if the power is cut then.
// A claim need not be durable, so it is only looked at.
func TestEventsAreTrue(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			s.setup(w)
			rng := rand.New(rand.NewPCG(5, 6))
			last := make(map[ID]Event)
			w.traced = func(e Event) {
				w.disk.Mu.Lock()
				now := w.disk.Snapshot()
				w.disk.Mu.Unlock()
				check := func(left *fakedisk.Disk) {
					if err := untrue(left, e); err != nil {
						t.Errorf("%+v: %v\n%q", e, err, left.Tree())
					}
				}
				check(now)
				if e.Kind != WasClaimed {
					now.Cuts(w.cutLimit(), rng, check)
				}
				if before, ok := last[e.ID]; ok && before.To != e.From {
					t.Errorf("%+v comes after %+v", e, before)
				}
				last[e.ID] = e
			}
			if err := s.run(w); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(s.name, "while syncing") {
				return // only Dir.Sync tells of a Dir.Finish
			}
			for _, i := range w.told {
				if e, ok := last[w.mails[i].id]; !ok && w.mails[i].file != nil && !slices.Equal(w.mails[i].before, w.mails[i].after) {
					t.Errorf("mail %d was handled without an event, %+v", i, e)
				}
			}
		})
	}
}

// untrue returns an error if a disk is not as an event says.
func untrue(d *fakedisk.Disk, e Event) error {
	if e.From != "" && d.Lookup(e.From) != nil {
		return errors.New("the old path is still there")
	}
	if e.To != "" && d.Lookup(e.To) == nil {
		return errors.New("the new path is not there")
	}
	return nil
}

// TestEventsAfterFailures fails each call of every scenario, and checks that no event is told
// that did not happen.
func TestEventsAfterFailures(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios {
		if strings.Contains(s.name, "and another") {
			continue // like the scenarios of one group, but with very many entries
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for n := 0; ; n++ {
				w := newWorld()
				s.setup(w)
				w.traced = func(e Event) {
					w.disk.Mu.Lock()
					defer w.disk.Mu.Unlock()
					if err := untrue(w.disk, e); err != nil {
						t.Errorf("call %d fails: %+v: %v", n, e, err)
					}
				}
				calls := 0
				w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
					calls++
					if calls-1 == n && strings.Contains(faults[0].ops, c.Op) {
						return fakedisk.Verdict{Err: syscall.EIO}
					}
					return fakedisk.Verdict{}
				}
				s.run(w) // TestFaults judges the error
				if calls <= n {
					break
				}
			}
		})
	}
}

// TestEvents checks what the events of each verb say.
func TestEvents(t *testing.T) {
	t.Parallel()
	const text = "Message-ID: <1@test.example>\n\nHello.\n"
	for name, test := range map[string]struct {
		from place
		do   func(*Dir, ID) error
		want []string
	}{
		"claim and finish": {ready, func(d *Dir, id ID) error {
			c, err := d.Dequeue(id)
			return errors.Join(err, c.Finish(), d.Sync(), told(c))
		}, []string{"claimed /q/in.pck -> /q/in.bak, 1", "finished /q/in.bak -> , 1"}},
		"claim and requeue": {ready, func(d *Dir, id ID) error {
			c, err := d.Dequeue(id)
			return errors.Join(err, c.Requeue(), d.Sync(), told(c))
		}, []string{"claimed /q/in.pck -> /q/in.bak, 1", "requeued /q/in.bak -> /q/in.pck, 1"}},
		"finish, not synced": {inFlight, func(d *Dir, id ID) error { return d.Finish(id) }, nil},
		"finish": {inFlight, func(d *Dir, id ID) error { return errors.Join(d.Finish(id), d.Sync()) },
			[]string{"finished /q/in.bak -> , 1"}},
		"requeue": {inFlight, func(d *Dir, id ID) error { return errors.Join(d.Requeue(id), d.Sync()) },
			[]string{"requeued /q/in.bak -> /q/in.pck, 1"}},
		"preserve": {inFlight, func(d *Dir, id ID) error { _, err := d.Preserve(id); return err },
			[]string{"preserved /q/in.bak -> /q/bad.psv, 1"}},
		"shunt": {ready, func(d *Dir, id ID) error {
			c, err := d.Dequeue(id)
			_, failed := c.Shunt()
			return errors.Join(err, failed, c.Close())
		}, []string{"claimed /q/in.pck -> /q/in.bak, 1", "shunted /q/in.bak -> /q/shunt.pck, 1"}},
		"retry": {ready, func(d *Dir, id ID) error {
			c, err := d.Dequeue(id)
			_, failed := c.Retry(message.Setting{Key: notedKey, Value: 1})
			return errors.Join(err, failed, c.Close())
		}, []string{"claimed /q/in.pck -> /q/in.bak, 1", "retried /q/in.bak -> /q/retry.pck, 0"}},
		"note": {ready, func(d *Dir, id ID) error {
			c, err := d.Dequeue(id)
			return errors.Join(err, c.Note(message.Setting{Key: notedKey, Value: 1}), c.Close())
		}, []string{"claimed /q/in.pck -> /q/in.bak, 1"}},
		"restore": {inFlight, func(d *Dir, id ID) error { return d.Restore(RestoreOptions{MaxRestores: 3}, func(Outcome, error) {}) },
			[]string{"restored /q/in.bak -> /q/in.pck, 2"}},
		"restore at the limit": {inFlight, func(d *Dir, id ID) error { return d.Restore(RestoreOptions{MaxRestores: 2}, func(Outcome, error) {}) },
			[]string{"preserved /q/in.bak -> /q/bad.psv, 2"}},
		"a dry run": {inFlight, func(d *Dir, id ID) error {
			return d.Restore(RestoreOptions{MaxRestores: 2, DryRun: true}, func(Outcome, error) {})
		}, nil},
		"move": {ready, func(d *Dir, id ID) (err error) {
			d.Move([]ID{id}, MoveOptions{From: Ready, Beside: "hold"}, func(_ Outcome, failed error) { err = failed })
			return err
		}, []string{"moved /q/in.pck -> /q/hold.pck, 1"}},
		"move far": {ready, func(d *Dir, id ID) (err error) {
			far, err := openWith(d.sys, "/far/bad", Options{})
			d.Move([]ID{id}, MoveOptions{From: Ready, To: far}, func(_ Outcome, failed error) { err = errors.Join(err, failed) })
			return err
		}, []string{"claimed /q/in.pck -> /q/in.bak, 1", "moved /q/in.bak -> /far/bad.pck, 1"}},
		"discard": {ready, func(d *Dir, id ID) (err error) {
			d.Discard([]ID{id}, DiscardOptions{From: Ready}, func(_ Outcome, failed error) { err = failed })
			return err
		}, []string{"discarded /q/in.pck -> , 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.disk.Mkdir("/q/hold", listUID, listGID)
			m := &mail{text: text, file: entryFile(message.Mailman2, text, counted(1), message.Item{Key: "listname", Value: "staff"})}
			w.add(test.from, m)
			var got []string
			w.traced = func(e Event) {
				line := fmt.Sprintf("%s %s -> %s, %d", e.Kind, e.From, e.To, e.About.Restores)
				got = append(got, strings.ReplaceAll(line, "/"+m.id.base, ""))
				if e.ID != m.id || e.About.List != "staff" || e.About.MessageID != "<1@test.example>" {
					t.Errorf("%+v, %+v", e, e.About)
				}
			}
			d, err := w.open("/q/in", Options{})
			must(t, err)
			must(t, test.do(d, m.id))
			if !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
			must(t, d.Close())
		})
	}
}

func told(c *Claim) error {
	c.Trace()
	return nil
}

// TestEventsOfParts checks the events of the entries that are made from another one.
func TestEventsOfParts(t *testing.T) {
	t.Parallel()
	w := newWorld()
	m := &mail{text: "Message-ID: <1@test.example>\n\nHello.\n"}
	m.file = entryFile(message.Mailman2, m.text, counted(1))
	w.add(ready, m)
	var got []Event
	w.traced = func(e Event) { got = append(got, e) }
	d, err := w.open("/q/in", Options{})
	must(t, err)
	c, err := d.Dequeue(m.id)
	must(t, err)
	part, err := c.Split("refused")
	must(t, err)
	about, err := c.Notice("refused", Metadata{Items: []message.Item{{Key: "listname", Value: "staff"}}}, notice("no"))
	must(t, err)
	for range 2 {
		_, err := c.Split("refused")
		must(t, err)
	}
	must(t, errors.Join(c.Close(), d.Close()))
	want := []Event{{Kind: WasClaimed}, {Kind: WasSplit, To: part}, {Kind: WasStored, To: about}}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i, e := range got[1:] {
		if e.Kind != want[i+1].Kind || e.From != "" || e.To != want[i+1].To || e.About == nil || e.About.Restores != 0 {
			t.Errorf("%+v, %+v", e, e.About)
		}
	}
	if got[1].About.MessageID != "<1@test.example>" || got[2].About.List != "staff" {
		t.Errorf("%+v, %+v", got[1].About, got[2].About)
	}
}

// TestDescribeReadsNothing checks that without Describe no event costs a read.
func TestDescribeReadsNothing(t *testing.T) {
	t.Parallel()
	for describe, want := range map[bool]int{false: 0, true: 1} {
		w := newWorld()
		one(inFlight, &mail{})(w)
		reads := 0
		w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
			if c.Op == "read" {
				reads = 1
			}
			return fakedisk.Verdict{}
		}
		d, err := w.open("/q/in", Options{Trace: func(Event) {}, Describe: describe})
		must(t, err)
		must(t, errors.Join(d.Finish(w.mails[0].id), d.Sync(), d.Close()))
		if reads != want {
			t.Errorf("describe: %v, but it has read", describe)
		}
	}
}
