package queue

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"testing"

	"switchboard/pkg/message"
)

// golden is a mail with the content of a queue file that a real Mailman wrote.
func golden(file []byte, c *message.Content) *mail {
	return &mail{file: file, end: int(c.MsgEnd), restores: c.Restores()}
}

// TestGolden takes every golden file through all that is done to an entry, and
// holds it to its message's bytes and its metadata.
func TestGolden(t *testing.T) {
	t.Parallel()
	for name, file := range goldenFiles(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := message.Read(bytes.NewReader(file), int64(len(file)))
			must(t, err)
			w := newWorld()
			m := golden(file, c)
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
				c, err := d.Claims(Slice{}, 1).Next()
				must(t, err)
				must(t, c.Close())
			}
			for n := 1; n <= 3; n++ {
				must(t, d.Restore(RestoreOptions{}, func(_ Restored, err error) { must(t, err) }))
				expect(at(ready, m.restores+n))
				claim()
				expect(at(inFlight, m.restores+n))
			}
			_, err = d.Preserve(m.id)
			must(t, err)
			expect(at(preserved, m.restores+3))
			m.after = []outcome{at(ready, 0)}
			must(t, bringBackAll(w))
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

// TestGoldenPowerCut cuts the power in the restoring of some of them.
func TestGoldenPowerCut(t *testing.T) {
	t.Parallel()
	files := goldenFiles(t)
	for name, file := range files {
		if len(files) > 64 && (len(file) > 50_000 || crc32.ChecksumIEEE([]byte(name))%16 != 0) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := message.Read(bytes.NewReader(file), int64(len(file)))
			must(t, err)
			n := c.Restores()
			for to, limit := range map[place]int{ready: 0, preserved: n + 1, farAway: n + 1} {
				m := golden(file, c)
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
					return d.Restore(RestoreOptions{MaxRestores: limit}, func(_ Restored, err error) {
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
