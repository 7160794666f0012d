package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
)

// Place is where an entry can be: a pg: queue, or a directory if the name of the queue begins
// with "/". The zero Place is nowhere: the entry is finished.
type Place struct {
	Queue string
	State queue.State
}

// The places of the scenarios.
var (
	Ready    = Place{"in", queue.Ready}
	InFlight = Place{"in", queue.InFlight}
	Shunted  = Place{"shunt", queue.Ready}
	Bad      = Place{"bad", queue.Preserved}
	Hold     = Place{"hold", queue.Ready}
	Retry    = Place{"retry", queue.Ready}
	// FileReady and FileInFlight are in the directory of a file queue.
	FileReady    = Place{"/in", queue.Ready}
	FileInFlight = Place{"/in", queue.InFlight}
	Gone         = Place{}
)

// Outcome is a place and the count of restores there.
type Outcome struct {
	Place
	Restores int
}

// At returns an outcome.
func At(p Place, restores int) Outcome { return Outcome{p, restores} }

// Mail is a message that was accepted before the command runs.
type Mail struct {
	From     Place
	Restores int
	// After are the outcomes once the command has done its work; none means that it leaves
	// the entry where it is. Until are the other outcomes, besides the first place and
	// After, that are right on the way. Again are those, besides After, that are right once
	// the command has run twice.
	After, Until, Again []Outcome
	// Broken says that its metadata cannot be read.
	Broken bool
	// Text is the message; nil means Text of its number.
	Text []byte

	// base, path and raw are the entry's file base, its path and its content before the run.
	base, path string
	raw        []byte
}

// World is a database with queues, and a directory with others.
type World struct {
	DB    *postgres.Database
	Dir   string
	Mails []Mail

	s *Scenario
	// config is the content of the configuration file.
	config []byte
	// before are the entries before the run.
	before []postgres.Entry
	files  map[string][]byte
}

// New makes the world of a scenario. Its commands connect to the database directly.
func (s *Scenario) New(tb testing.TB, db *postgres.Database) *World {
	tb.Helper()
	w := &World{DB: db, Dir: tb.TempDir(), Mails: slices.Clone(s.Mails), s: s}
	w.Connect(tb, db.DSN())
	for i := range w.Mails {
		w.put(tb, i)
	}
	if s.Files != nil {
		if err := s.Files(w); err != nil {
			tb.Fatal(err)
		}
	}
	db.Save(tb)
	w.before = db.Entries(tb)
	w.files = w.readFiles(tb)
	return w
}

// Connect has the scenario's command connect with a connection string. Settings are lines for
// the section [pg] of its configuration.
func (w *World) Connect(tb testing.TB, dsn string, settings ...string) {
	tb.Helper()
	w.config = fmt.Appendf(nil, "[pg]\ndsn = %q\n%s\n", dsn, strings.Join(settings, "\n"))
}

// put stores a mail and brings it to its place.
func (w *World) put(tb testing.TB, i int) {
	tb.Helper()
	m := &w.Mails[i]
	if m.Text == nil {
		m.Text = Text(i)
	}
	if m.From.Queue == "/in" {
		w.putFile(tb, m, i)
		return
	}
	path := w.must(tb, m.Text, "qenqueue", "-l", "test.example", "pg:in")
	for range m.Restores {
		w.must(tb, nil, "qdequeue", path)
		path = w.must(tb, nil, "qrestore", "--max-restores", "0", strings.TrimSuffix(path, ".pck"))
	}
	switch m.From {
	case Ready:
	case InFlight:
		path = w.must(tb, nil, "qdequeue", path)
	case Bad:
		w.must(tb, nil, "qfinish", "--preserve", w.must(tb, nil, "qdequeue", path))
		path = "pg:bad/" + base(path) + ".psv"
	case Shunted:
		w.run(tb, nil, "qrun", "pg:in", "false")
		path = strings.Replace(path, "pg:in/", "pg:shunt/", 1)
	case Hold:
		path = w.must(tb, nil, "qmove", "--to", "hold", path)
	default:
		tb.Fatalf("no way to %v", m.From)
	}
	m.path, m.base = path, base(path)
	if m.Broken {
		w.DB.Exec(tb, fmt.Sprintf(`UPDATE switchboard.entry SET metadata = '\x80057e' WHERE base = '%s'`, m.base))
	}
	for _, e := range w.DB.Entries(tb) {
		if e.Base == m.base {
			m.raw = e.Raw
		}
	}
	if m.raw == nil {
		tb.Fatalf("%s is not there", path)
	}
}

// base returns the file base of a path.
func base(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), "@")
	id, _ := queue.SplitName(name)
	return id.String()
}

// putFile makes an entry of the directory in.
func (w *World) putFile(tb testing.TB, m *Mail, i int) {
	tb.Helper()
	dir := filepath.Join(w.Dir, "in")
	if err := os.MkdirAll(dir, 0o770); err != nil {
		tb.Fatal(err)
	}
	e := harness.Entry{Base: harness.Base(i), Text: m.Text, Restores: m.Restores}
	path, err := e.Write(dir, m.From.State.Ext())
	if err == nil {
		m.raw, err = e.Bytes()
	}
	if err != nil {
		tb.Fatal(err)
	}
	m.path, m.base = path, e.Base
}

// must runs a command that succeeds, and returns the line that it prints, if any.
func (w *World) must(tb testing.TB, stdin []byte, name string, args ...string) string {
	tb.Helper()
	r := w.run(tb, stdin, name, args...)
	if r.Status != 0 {
		tb.Fatalf("%s %q: status %d: %s", name, args, r.Status, r.Err)
	}
	return strings.TrimSpace(r.Out)
}

func (w *World) run(tb testing.TB, stdin []byte, name string, args ...string) harness.Result {
	tb.Helper()
	cmd := w.cmd(tb, name, args...)
	cmd.Stdin = strings.NewReader(string(stdin))
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// Path returns the path of a mail before the run.
func (w *World) Path(i int) string { return w.Mails[i].path }

// Reset brings the world back to what it was before the run.
func (w *World) Reset(tb testing.TB) {
	tb.Helper()
	w.DB.Settle(tb)
	w.DB.Reset(tb)
	for _, path := range w.listFiles(tb) {
		if w.files[path] == nil {
			if err := os.Remove(path); err != nil {
				tb.Fatal(err)
			}
		}
	}
	for path, data := range w.files {
		if err := os.WriteFile(path, data, 0o660); err != nil {
			tb.Fatal(err)
		}
	}
}

// listFiles returns all files of the directory.
func (w *World) listFiles(tb testing.TB) (paths []string) {
	tb.Helper()
	err := filepath.WalkDir(w.Dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return paths
}

func (w *World) readFiles(tb testing.TB) map[string][]byte {
	tb.Helper()
	all := map[string][]byte{}
	for _, path := range w.listFiles(tb) {
		data, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		all[path] = data
	}
	return all
}
