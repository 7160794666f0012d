// Package calls calls commands inside the test's process: quick enough for a row for
// every error. The stories of test/script run the built commands.
package calls

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/internal/cmdline"
	"switchboard/test/harness"
)

// Call is a call of a command inside the test's process, and what it must do. In all
// texts $D is the directory of its queues, which world describes, and $R, $F and $P are
// the file bases of the ready, the in-flight and the preserved entry.
type Call struct {
	// Args are words; _ is an empty one.
	Args, Stdin string
	// Env is added to the environment, which is otherwise empty.
	Env    []string
	Status int
	// Out and Err are all that is printed, except for the usage lines of status 64.
	Out, Err string
}

// world makes queues in a directory: "in" holds a ready entry and one in flight, "bad" a
// preserved one, "out" nothing; beside them are a message, m.eml, and an empty file.
func world(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, queue := range []string{"in", "bad", "out"} {
		if err := os.Mkdir(filepath.Join(dir, queue), 0o770); err != nil {
			t.Fatal(err)
		}
	}
	for n, name := range []string{"in/$R.pck", "in/$F.bak", "bad/$P.psv"} {
		data, err := harness.Entry{Base: harness.Base(n + 1), Text: []byte("Subject: hello\n\nbody\n")}.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir+"/"+bases.Replace(name), data)
	}
	write(t, dir+"/m.eml", []byte("Subject: new\n\nbody\n"))
	write(t, dir+"/empty", nil)
	return dir
}

var bases = strings.NewReplacer("$R", harness.Base(1), "$F", harness.Base(2), "$P", harness.Base(3))

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := harness.WriteFile(path, data); err != nil {
		t.Fatal(err)
	}
}

// Check makes each call, with a world of its own. After status 64 nothing in it may have
// changed.
func Check(t *testing.T, command func() cmdline.Command, calls []Call) {
	t.Helper()
	for _, c := range calls {
		t.Run(strings.ReplaceAll(c.Args, "/", "|"), func(t *testing.T) {
			t.Parallel()
			c.check(t, command())
		})
	}
}

func (c Call) check(t *testing.T, command cmdline.Command) {
	t.Helper()
	dir := world(t)
	before := files(t, dir)
	here := strings.NewReplacer("$D", dir, "$R", harness.Base(1), "$F", harness.Base(2), "$P", harness.Base(3))
	back := strings.NewReplacer(dir, "$D", harness.Base(1), "$R", harness.Base(2), "$F", harness.Base(3), "$P")
	args := []string{command.Name}
	for word := range strings.FieldsSeq(here.Replace(c.Args)) {
		if word == "_" {
			word = ""
		}
		args = append(args, word)
	}
	var out, said bytes.Buffer
	status := cmdline.Run(command, cmdline.Process{
		Args: args, Stdin: strings.NewReader(here.Replace(c.Stdin)), Stdout: &out, Stderr: &said,
		Env:  append(c.Env, "SWITCHBOARD_CONFIG=/dev/null"),
		Exec: func(string, []string, []string) error { return fs.ErrNotExist },
	})
	text := back.Replace(said.String())
	if status == cmdline.UsageError {
		text, _, _ = strings.Cut(text, "usage: "+command.Name+" ")
		if after := files(t, dir); !slices.Equal(before, after) {
			t.Errorf("a usage error left %v of %v", after, before)
		}
	}
	if got := back.Replace(out.String()); status != c.Status || got != c.Out || text != c.Err {
		t.Errorf("status %d, printed %q, said\n%q, want %d, %q,\n%q", status, got, text, c.Status, c.Out, c.Err)
	}
}

// files are the paths below a directory.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		paths = append(paths, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
