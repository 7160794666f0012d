package kill

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// recoverer is what works on the queues after a kill.
type recoverer struct {
	name string
	// can reports whether it is meant to recover from a scenario.
	can func(s *scenario) bool
	// recover recovers, and returns what is wrong then. The killed command had printed so many
	// paths.
	recover func(b *bench, t *testing.T, w *world, s *scenario, printed int) error
}

var sameCommand = &recoverer{
	"the same command", func(*scenario) bool { return true },
	func(b *bench, t *testing.T, w *world, s *scenario, _ int) error {
		if err := w.qcat(t); err != nil {
			return err
		}
		return b.again(t, w, w, s)
	},
}

// recoverers are all that can come next. Those that are not the same command know nothing of
// what was killed: not its options, nor the queues that these named.
var recoverers = []*recoverer{
	sameCommand,
	{"the same command by links", func(*scenario) bool { return true }, func(b *bench, t *testing.T, w *world, s *scenario, _ int) error {
		return b.again(t, w, w.byLink(t), s)
	}},
	{"qrestore", changes, func(b *bench, t *testing.T, w *world, s *scenario, printed int) error {
		return b.restore(t, w, w, s, printed)
	}},
	{"qrestore by links", changes, func(b *bench, t *testing.T, w *world, s *scenario, printed int) error {
		return b.restore(t, w, w.byLink(t), s, printed)
	}},
	{"qrun", few, func(b *bench, t *testing.T, w *world, s *scenario, printed int) error {
		return b.drain(t, w, w, s, printed)
	}},
	{"qrun by links", few, func(b *bench, t *testing.T, w *world, s *scenario, printed int) error {
		return b.drain(t, w, w.byLink(t), s, printed)
	}},
	{"Mailman 3", few, func(b *bench, _ *testing.T, w *world, s *scenario, _ int) error {
		return w.worksInMailman(b.mailman, s)
	}},
}

// changes reports whether the command of a scenario changes queues.
func changes(s *scenario) bool { return s.command != "qstat" && s.command != "qcat" }

// few reports whether a scenario is also short enough to have each message handled.
func few(s *scenario) bool { return changes(s) && len(s.mails())+len(s.stores) <= 50 }

// recoverers returns who recovers from the kill at call n: one who is drawn, or all of them if all
// kills are tried.
func (b *bench) recoverers(t *testing.T, s *scenario, n int) []*recoverer {
	can := slices.DeleteFunc(slices.Clone(recoverers), func(r *recoverer) bool { return !r.can(s) })
	if harness.Every(t, 0) == 1 {
		return can
	}
	return []*recoverer{can[b.seed.Of(fmt.Sprint(s.command, s.name, n)).IntN(len(can))]}
}

// again runs the same command once more, which completes its work.
func (b *bench) again(t *testing.T, w, via *world, s *scenario) error {
	t.Helper()
	r := w.heal(t, s, via, b.rules)
	if r.Status != s.status && !slices.Contains(s.healed, r.Status) {
		return fmt.Errorf("status %d: %s", r.Status, r.Err)
	}
	if err := w.check(s, s.paths(lines(r.Out)), look{done: true, runs: 2}); err != nil {
		return fmt.Errorf("status %d, %s: %w", r.Status, r.Err, err)
	}
	return nil
}

// restore restores each queue, without options. Nothing is in flight then. Where a message may still
// have two files, because nothing that was in flight led to them, whoever handles it finds both.
func (b *bench) restore(t *testing.T, w, via *world, s *scenario, printed int) error {
	t.Helper()
	for _, name := range w.present() {
		r, _ := w.run(t, &scenario{command: "qrestore"}, []string{via.dir(name)}, b.rules)
		if r.Status != 0 {
			return fmt.Errorf("%s: status %d: %s", name, r.Status, r.Err)
		}
	}
	found, err := w.find(s, look{})
	if err != nil {
		return err
	}
	for i, places := range found.mails {
		for _, p := range places {
			switch m := w.mails[i]; {
			case p.ext == inFlight.ext:
				return fmt.Errorf("mail %d: in flight still: %v", i, p)
			case p.restores > m.Restores+2:
				return fmt.Errorf("mail %d: its count was %d and is %d", i, m.Restores, p.restores)
			}
		}
		if len(places) > 1 && !s.double {
			return fmt.Errorf("mail %d: is %v at once", i, places)
		}
	}
	if !few(s) {
		return nil
	}
	return b.drain(t, w, via, s, printed)
}

// drain has the messages of each queue handled, and checks that each message was handed out once, or
// is preserved once, or that the command that was killed has finished it.
func (b *bench) drain(t *testing.T, w, via *world, s *scenario, printed int) error {
	t.Helper()
	for _, name := range w.present() {
		r, _ := w.run(t, &scenario{command: "qrun"}, handOut("--shunt", w.dir("failed"))(via, name), b.rules)
		if r.Status != 0 && r.Status != 65 {
			return fmt.Errorf("qrun %s: status %d: %s", name, r.Status, r.Err)
		}
	}
	found, err := w.find(s, look{})
	if err != nil {
		return err
	}
	mails, stores, err := w.handed()
	if err != nil {
		return err
	}
	for i, places := range found.mails {
		for _, p := range places {
			if p.ext != bad.ext {
				return fmt.Errorf("mail %d: nobody handled it: %v", i, p)
			}
		}
		switch n := len(places) + mails[i]; {
		case n == 0 && !slices.Contains(w.mails[i].after, at(gone, 0)):
			return fmt.Errorf("mail %d: lost", i)
		case n > 1:
			return fmt.Errorf("mail %d: handed out %d times, and is %v", i, mails[i], places)
		}
	}
	all := 0
	for i, places := range found.stores {
		n := len(places) + stores[i]
		if n > 1 {
			return fmt.Errorf("message %d: handed out %d times by one run", i, n)
		}
		all += n
	}
	if s.command == "qenqueue" && all < printed {
		return fmt.Errorf("%d messages handed out, and %d paths printed", all, printed)
	}
	return nil
}

// present returns which queues there are, but for the bad queue.
func (w *world) present() []string {
	return slices.DeleteFunc(slices.Clone(queues), func(name string) bool {
		_, err := os.Stat(w.dir(name))
		return name == "bad" || err != nil
	})
}

// handOut returns the arguments that put the messages of a queue into files of their own, another one
// each time.
func handOut(options ...string) func(w *world, queue string) []string {
	return func(w *world, queue string) []string {
		script := `b=${Q_ENTRY##*/}; cat >"$0/${b%.bak}.$$"`
		return append(slices.Clone(options), w.dir(queue), "sh", "-c", script, filepath.Join(w.root, "handed"))
	}
}

// handed returns how often each mail and each stored message was handed out, whole.
func (w *world) handed() (mails, stores []int, err error) {
	mails, stores = make([]int, len(w.mails)), make([]int, len(w.stores))
	files, err := os.ReadDir(filepath.Join(w.root, "handed"))
	if err != nil {
		return nil, nil, err
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(w.root, "handed", f.Name()))
		if err != nil {
			return nil, nil, err
		}
		base := strings.TrimSuffix(f.Name(), filepath.Ext(f.Name()))
		of := mails
		i := slices.IndexFunc(w.mails, func(m mail) bool { return m.Base == base && bytes.Equal(m.Text, text) })
		if i < 0 {
			of = stores
			i = slices.IndexFunc(w.stores, func(stored []byte) bool { return bytes.Equal(stored, text) })
		}
		if i < 0 {
			return nil, nil, fmt.Errorf("%s: nobody's message: %.200q", f.Name(), text)
		}
		of[i]++
	}
	return mails, stores, nil
}
