package queue

import (
	"bytes"
	"fmt"
	"testing"

	"switchboard/pkg/message"
	"switchboard/test/golden"
)

// theirs returns a mail whose entry was written by a real Mailman.
func theirs(t *testing.T, g golden.Case) *mail {
	t.Helper()
	c, err := message.Read(bytes.NewReader(g.Data), int64(len(g.Data)))
	must(t, err)
	return &mail{file: g.Data, end: int(c.MsgEnd), restores: c.Restores()}
}

// TestGolden takes every golden file through everything that happens to an entry, and
// checks its message's bytes and its metadata.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, g := range golden.All(t) {
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			m := theirs(t, g)
			w.add(inFlight, m)
			expect := func(o outcome) {
				t.Helper()
				m.after, w.told = []outcome{o}, []int{0}
				if err := w.check(1, false); err != nil {
					t.Fatal(err)
				}
			}
			d, err := w.open("/q/in", Options{})
			must(t, err)
			claim := func() {
				t.Helper()
				c, err := first(d.Claims(Slice{}, 1))
				must(t, err)
				must(t, c.Close())
			}
			for n := 1; n <= 3; n++ {
				must(t, d.Restore(RestoreOptions{}, func(_ Outcome, err error) { must(t, err) }))
				expect(at(ready, m.restores+n))
				claim()
				expect(at(inFlight, m.restores+n))
			}
			_, err = d.Preserve(m.id)
			must(t, err)
			expect(at(preserved, m.restores+3))
			m.after = []outcome{at(ready, 0)}
			must(t, releaseAll(w))
			expect(at(ready, 0))
			claim()
			must(t, restoreAll(w))
			expect(at(ready, 1))
			claim()
			must(t, d.Finish(m.id))
			expect(gone)
		})
	}
}

// TestGoldenPowerCut cuts the power while some of the golden files are restored.
func TestGoldenPowerCut(t *testing.T) {
	t.Parallel()
	for i, g := range golden.All(t) {
		if i%10 != 0 || len(g.Data) > 50_000 {
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			n := theirs(t, g).restores
			for to, limit := range map[place]int{ready: 0, preserved: n + 1, farAway: n + 1} {
				m := theirs(t, g)
				m.before = []outcome{at(inFlight, n), at(inFlight, n+1), at(to, n+1)}
				m.after = []outcome{at(to, n+1)}
				m.again, m.double = m.after, to == farAway
				if to == ready {
					m.again = append(m.again, at(to, n+2))
				}
				s := scenario{fmt.Sprintf("restore to %s", to.dir), one(inFlight, m), func(w *world) error {
					d, err := w.open("/q/in", Options{Bad: w.bad()})
					if err != nil {
						return err
					}
					defer d.Close()
					return d.Restore(RestoreOptions{MaxRestores: limit}, func(_ Outcome, err error) {
						if err == nil {
							w.done(0)
						}
					})
				}, nil}
				if _, err := cutEverywhere(s, nil); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
