package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
)

// cmd returns a command that works on the world, not yet started. It connects directly to the
// database.
func (w *World) cmd(tb testing.TB, name string, args ...string) *exec.Cmd {
	tb.Helper()
	cmd := harness.Command(tb, name, args...)
	cmd.Dir = w.Dir
	cmd.Env = append(cmd.Env, "SWITCHBOARD_PG="+w.DB.DSN())
	return cmd
}

// Command returns the scenario's command, not yet started.
func (w *World) Command(tb testing.TB) *exec.Cmd {
	tb.Helper()
	cmd := w.cmd(tb, w.s.Command, w.s.Args(w)...)
	path := filepath.Join(w.Dir, "switchboard.toml")
	if err := os.WriteFile(path, w.config, 0o644); err != nil {
		tb.Fatal(err)
	}
	cmd.Env = append(cmd.Env, "SWITCHBOARD_CONFIG="+path)
	cmd.Stdin = bytes.NewReader(w.s.Stdin)
	return cmd
}

// Heal runs, without disturbance, the command that completes the work. Leases are over by
// then.
func (w *World) Heal(tb testing.TB) harness.Result {
	tb.Helper()
	w.DB.Exec(tb, "UPDATE switchboard.entry SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL")
	if w.s.Source != "" {
		w.run(tb, nil, "qrestore", w.s.Source)
	}
	name, args := w.s.Command, w.s.Args
	if w.s.Healer != "" {
		name = w.s.Healer
	}
	if w.s.Heal != nil {
		args = w.s.Heal
	}
	return w.run(tb, w.s.Stdin, name, args(w)...)
}

// Look says what Check requires beyond what must be true at every instant.
type Look struct {
	// Done requires that the command's work is done.
	Done bool
	// Runs is how often the command has run: what it stores may be there as often.
	Runs int
}

// found is an entry of either kind of queue.
type found struct {
	Outcome
	base, path string
	raw        []byte
	held       harness.Held
	err        error
}

// find returns all entries of all queues.
func (w *World) find(tb testing.TB) (all []found) {
	tb.Helper()
	for _, e := range w.DB.Entries(tb) {
		f := found{Outcome{Place{e.Queue, e.State}, e.Mirror.Restores}, e.Base, e.Path(), e.Raw, e.Held, nil}
		switch {
		case e.Text == nil:
			f.err = errors.New("it cannot be read")
		case e.Mirror.Restores != e.Restores || e.Mirror.Origin != e.Origin:
			tb.Errorf("%s: the table shows %v, and the metadata has %d, %q", f.path, e.Mirror, e.Restores, e.Origin)
		}
		all = append(all, f)
	}
	dirs, err := os.ReadDir(w.Dir)
	if err != nil {
		tb.Fatal(err)
	}
	for _, dir := range dirs {
		if !dir.IsDir() || !slices.Contains([]string{"in", "bad", "new"}, dir.Name()) {
			continue
		}
		names, err := os.ReadDir(filepath.Join(w.Dir, dir.Name()))
		if err != nil {
			tb.Fatal(err)
		}
		for _, name := range names {
			id, state := queue.SplitName(name.Name())
			if state == queue.Stray || state == queue.Temporary {
				continue
			}
			// The command runs in the world's directory, and prints what it was given.
			path := filepath.Join(dir.Name(), name.Name())
			held, err := harness.Read(filepath.Join(w.Dir, path))
			raw, _ := os.ReadFile(filepath.Join(w.Dir, path))
			all = append(all, found{Outcome{Place{"/" + dir.Name(), state}, held.Restores}, id.String(), path, raw, held, err})
		}
	}
	return all
}

// Check checks that each mail is in one place, with its bytes, that what was printed is true,
// and what look requires.
func (w *World) Check(tb testing.TB, r harness.Result, look Look) error {
	tb.Helper()
	all := w.find(tb)
	places, stored := make([][]found, len(w.Mails)), make([]int, len(w.s.Stores))
	for _, f := range all {
		i := slices.IndexFunc(w.Mails, func(m Mail) bool { return m.base == f.base })
		if i >= 0 {
			places[i] = append(places[i], f)
			continue
		}
		j := slices.IndexFunc(w.s.Stores, func(text []byte) bool { return bytes.Equal(text, f.held.Text) })
		if j < 0 || f.err != nil {
			return fmt.Errorf("%s: nobody's message: %.100q, %v", f.path, f.held.Text, f.err)
		}
		stored[j]++
	}
	for i := range w.Mails {
		if err := w.mail(i, places[i], look); err != nil {
			return fmt.Errorf("mail %d, which was %v: %w", i, w.Mails[i].From, err)
		}
	}
	for i, n := range stored {
		most := look.Runs
		if w.s.Once {
			most = 1
		}
		if n > most || n == 0 && look.Done {
			return fmt.Errorf("message %d is stored %d times by %d runs", i, n, look.Runs)
		}
	}
	for _, path := range w.Printed(r) {
		if !slices.ContainsFunc(all, func(f found) bool { return f.path == path }) {
			return fmt.Errorf("%s was printed and is not true", path)
		}
	}
	return nil
}

// Printed returns the paths that a run printed: what a killed command had only begun to print
// does not count.
func (w *World) Printed(r harness.Result) (paths []string) {
	if w.s.Data {
		return nil
	}
	lines := strings.Split(r.Out, "\n")
	return lines[:len(lines)-1]
}

// mail checks where one mail was found.
func (w *World) mail(i int, all []found, look Look) error {
	m := w.Mails[i]
	before := At(m.From, m.Restores)
	right := slices.Clone(m.After)
	if len(right) == 0 {
		right = append(right, before)
	}
	if !look.Done {
		right = append(append(right, m.Until...), before)
	}
	if look.Runs > 1 {
		right = append(right, m.Again...)
	}
	if len(all) == 0 {
		if !slices.Contains(right, At(Gone, 0)) {
			return errors.New("lost")
		}
		return w.delivered(m)
	}
	for _, f := range all {
		switch {
		case !slices.Contains(right, f.Outcome):
			return fmt.Errorf("is %v, not one of %v", f.Outcome, right)
		case m.Broken && !bytes.Equal(f.raw, m.raw):
			return errors.New("its bytes changed")
		case !m.Broken && f.err != nil:
			return fmt.Errorf("%s: %w", f.path, f.err)
		case !m.Broken && !bytes.Equal(f.held.Text, m.Text):
			return fmt.Errorf("%s has %.100q", f.path, f.held.Text)
		case f.State == queue.Preserved && !m.Broken && m.From != Bad && f.held.Origin != "in" && !strings.HasPrefix(f.Queue, "/"):
			return fmt.Errorf("%s: whichq is %q", f.path, f.held.Origin)
		}
	}
	// A move to another kind of queue stores before it finishes.
	if len(all) > 1 && (look.Done || w.s.Source == "" || all[0].Queue == all[1].Queue) {
		return fmt.Errorf("is %s and %s at once", all[0].path, all[1].path)
	}
	return nil
}

// delivered checks that a mail which is gone was handled, if the command handles.
func (w *World) delivered(m Mail) error {
	if !w.s.Delivers {
		return nil
	}
	paths, err := filepath.Glob(filepath.Join(w.Dir, "delivered", "*.eml"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if text, err := os.ReadFile(path); err == nil && bytes.Equal(text, m.Text) {
			return nil
		}
	}
	return errors.New("gone, and not delivered")
}

// Told checks that nothing has changed in the database but what the command said: the new path
// of each entry that has changed is in what it printed.
func (w *World) Told(tb testing.TB, r harness.Result) error {
	tb.Helper()
	same := func(a, b postgres.Entry) bool { return a.Path() == b.Path() && bytes.Equal(a.Raw, b.Raw) }
	now := w.DB.Entries(tb)
	for _, e := range now {
		before := func(b postgres.Entry) bool { return same(e, b) }
		if !slices.ContainsFunc(w.before, before) && !strings.Contains(r.Out+r.Err, e.Path()) {
			return fmt.Errorf("now there is %s", e.Path())
		}
	}
	for _, b := range w.before {
		if !slices.ContainsFunc(now, func(e postgres.Entry) bool { return e.Base == b.Base }) {
			return fmt.Errorf("%s is gone", b.Path())
		}
	}
	return nil
}
