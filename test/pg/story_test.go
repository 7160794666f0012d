package pg

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
	"switchboard/test/harness/story"
)

// TestStories runs the stories in testdata. Each has a database of its own.
//
//   - SWITCHBOARD_PG leads to it over the unix socket, TCP over the loopback interface, with
//     the password.
//   - EMPTY leads to a database without the schema, DOWN to a server that is down.
//   - SOCKET, PORT and DATABASE are the parts of it.
//   - BIG is the size of a large message in MB. The larger it is, the more it shows that the
//     memory of the commands does not depend on it.
func TestStories(t *testing.T) {
	t.Parallel()
	postgres.Need(t)
	setup := story.Setup(t)
	cmds := maps.Clone(story.Commands)
	cmds["sql"], cmds["line"] = sql, line
	cases, err := filepath.Abs("../golden/testdata/cases")
	if err != nil {
		t.Fatal(err)
	}
	big := "20"
	if harness.CI() {
		big = "200"
	}
	closed, err := postgres.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:  "testdata",
		Cmds: cmds,
		Setup: func(env *testscript.Env) error {
			setup(env)
			tb := env.T().(testing.TB)
			db := postgres.Queues(tb)
			env.Values["database"] = db
			empty := db.Server.Database(tb)
			for name, value := range map[string]string{
				"SWITCHBOARD_PG": db.DSN(), "TCP": db.TCP(), "EMPTY": empty.DSN(), "CASES": cases,
				"DOWN": fmt.Sprintf("host=127.0.0.1 port=%d user=postgres dbname=postgres sslmode=disable", closed),
				"BIG":  big, "SOCKET": db.Server.Dir, "PORT": strconv.Itoa(db.Server.Port), "DATABASE": db.Name, "PASSWORD": postgres.Password,
			} {
				env.Setenv(name, value)
			}
			return nil
		},
	})
}

// sql runs a statement in the story's database: sql STATEMENT. Its rows are standard output.
func sql(ts *testscript.TestScript, neg bool, args []string) {
	db := ts.Value("database").(*postgres.Database)
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sql STATEMENT")
	}
	rows, err := db.Rows(args[0])
	ts.Check(err)
	out := ts.MkAbs("sql.out")
	ts.Check(os.WriteFile(out, []byte(rows+"\n"), 0o644))
	ts.Check(ts.Exec("cat", out))
}

// line sets a variable to the first line of a file: line VAR FILE.
func line(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: line VAR FILE")
	}
	text, _, _ := strings.Cut(ts.ReadFile(args[1]), "\n")
	ts.Setenv(args[0], text)
}
