package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
)

// needsDatabase reports whether an example is about queues in PostgreSQL.
func (e example) needsDatabase() bool {
	return strings.Contains(e.script, "pg:") || e.where == "switchboard-pg.8"
}

// tables is a database with the schema and nothing in it, for copies.
var tables struct {
	sync.Once
	database *postgres.Database
	err      error
}

// connect gives a sandbox a database, and names it in the configuration at path. Every queue
// in it has the messages of the queue beside it that has its name: pg:in those of in.
func (s sandbox) connect(t *testing.T, path string, queues ...string) *postgres.Database {
	t.Helper()
	server := postgres.Shared(t)
	tables.Do(func() {
		if tables.database, tables.err = server.NewDatabase(); tables.err == nil {
			cmd := exec.Command(filepath.Join(s.bin, "switchboard-pg"), "init")
			cmd.Env = append(os.Environ(), "SWITCHBOARD_CONFIG=/dev/null", "SWITCHBOARD_PG="+tables.database.DSN())
			_, tables.err = cmd.Output()
		}
	})
	if tables.err != nil {
		t.Fatal(tables.err)
	}
	d := tables.database.Copy(t)
	config, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := config.WriteString("[pg]\ndsn = \"" + d.DSN() + "\"\nlease = \"10s\"\n"); err != nil {
		t.Fatal(err)
	}
	config.Close()
	for _, queue := range queues {
		args := append([]string{"--config", path, "pg:" + queue}, s.names(t, queue, ".pck")...)
		if r := harness.Run(t, nil, "qenqueue", args...); r.Status != 0 || strings.Count(r.Out, "\n") != len(args)-3 {
			t.Fatalf("qenqueue %v: %d, %s", args, r.Status, r.Err)
		}
	}
	return d
}

// inDatabase counts the messages in the queues of a database that have a text.
func inDatabase(t *testing.T, d *postgres.Database, text string) int {
	t.Helper()
	n := 0
	for _, e := range d.Entries(t) {
		if !strings.Contains(string(e.Raw), text) {
			t.Errorf("%s has lost its message", e.Path())
		}
		n++
	}
	return n
}

// TestSetup makes a database as switchboard-pg(8) says, and works in it as the user who is
// granted a role there.
func TestSetup(t *testing.T) {
	t.Parallel()
	server := postgres.Start(t, postgres.Memory)
	_, text, _ := strings.Cut(page(t, "switchboard-pg.8"), "\n.Ss One server\n")
	text, _, _ = strings.Cut(text, "\n.Ss ")
	var blocks []string
	for _, rest := range strings.Split(text, ".Bd -literal -offset indent\n")[1:] {
		block, _, _ := strings.Cut(rest, "\n.Ed")
		blocks = append(blocks, roff(block))
	}
	if len(blocks) != 2 {
		t.Fatalf("the page has %d blocks", len(blocks))
	}
	s := newSandbox(t)
	here := strings.NewReplacer("/run/postgresql", server.Dir)
	env := append(os.Environ(), "PGHOST="+server.Dir, "PGPORT="+decimal(server.Port), "PGUSER=postgres",
		"SWITCHBOARD_CONFIG="+s.config, "PATH="+s.bin+":"+postgres.Bin(t)+":"+os.Getenv("PATH"))
	run := func(script string) string {
		t.Helper()
		cmd := exec.Command("/bin/sh", "-e", "-c", script)
		cmd.Dir, cmd.Env = s.dir, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s\n%v\n%s", script, err, out)
		}
		return string(out)
	}
	run(here.Replace(blocks[0]))
	s.write(t, "switchboard.toml", here.Replace(blocks[1]), 0o644)
	run("switchboard-pg check")
	if got := run(`qenqueue -q pg:in message.eml && e=$(qdequeue pg:in) && qcat "$e" && qfinish "$e"`); got != exampleMail {
		t.Errorf("the message is %q", got)
	}
	if got := run("qstat --count any pg:in"); got != "0\n" {
		t.Errorf("%q entries are left", got)
	}
}
