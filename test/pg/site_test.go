package pg

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
)

// site is a database with the schema, and a directory for files.
type site struct {
	db  *postgres.Database
	dir string
	// env is the environment of the commands.
	env []string
}

func newSite(t *testing.T) *site {
	t.Helper()
	w := &site{db: postgres.Queues(t), dir: t.TempDir()}
	w.env = []string{"SWITCHBOARD_PG=" + w.db.DSN()}
	return w
}

// newOwnSite is newSite on a server of the test's own.
func newOwnSite(t *testing.T, on postgres.Disk) *site {
	t.Helper()
	w := &site{db: postgres.Start(t, on).Database(t), dir: t.TempDir()}
	w.env = []string{"SWITCHBOARD_PG=" + w.db.DSN()}
	w.run(t, 0, "switchboard-pg", "init")
	return w
}

func (w *site) mkdir(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.Mkdir(filepath.Join(w.dir, name), 0o770); err != nil {
			t.Fatal(err)
		}
	}
}

// run runs a command and checks its exit status. If that is to be -1, it may be any of those
// that commands have.
func (w *site) run(t *testing.T, status int, name string, args ...string) harness.Result {
	t.Helper()
	return w.runWith(t, "", status, name, args...)
}

func (w *site) runWith(t *testing.T, stdin string, status int, name string, args ...string) harness.Result {
	t.Helper()
	cmd := harness.Command(t, name, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = w.dir, append(cmd.Env, w.env...), strings.NewReader(stdin)
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		t.Fatal(err)
	}
	if status >= 0 && r.Status != status || r.Status < 0 || r.Status == 2 {
		t.Fatalf("%s %q: status %d, not %d\nstdout: %.500s\nstderr: %.3000s", name, args, r.Status, status, r.Out, r.Err)
	}
	return r
}

// configure has the commands read a configuration with lines for its section pg.
func (w *site) configure(t *testing.T, lines ...string) {
	t.Helper()
	path := filepath.Join(w.dir, "switchboard.toml")
	text := fmt.Sprintf("[pg]\ndsn = %q\n%s\n", w.db.DSN(), strings.Join(lines, "\n"))
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "SWITCHBOARD_CONFIG="+path)
}

// read returns what a file of the site has; nothing if it is not there.
func (w *site) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// wait waits until a file has a text.
func (w *site) wait(t *testing.T, name, text string) {
	t.Helper()
	for range 12000 {
		if strings.Contains(w.read(t, name), text) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%s has %q, not %q", name, w.read(t, name), text)
}
