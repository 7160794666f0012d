package cmdline

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/pkg/queue"
)

// fake is a kind of queues which are directories in dir.
type fake struct {
	dir string
	// views are the generations that were asked for.
	views []string
	err   error
}

// fakeQueue is a directory with the path of a fake queue.
type fakeQueue struct {
	queue.Queue
	name string
}

func (q fakeQueue) Path() string { return "x:" + q.name }

func (f *fake) Queue(name string, o queue.Options) (queue.Queue, error) {
	d, err := queue.Open(filepath.Join(f.dir, name), o)
	if err != nil {
		return nil, err
	}
	return fakeQueue{d, name}, nil
}

func (f *fake) View(q queue.Queue, _ queue.ID, generation string) (queue.Queue, error) {
	if generation == "0" {
		return nil, errors.New("is not a number")
	}
	f.views = append(f.views, generation)
	return q, nil
}

func (f *fake) Close() error { return nil }

func (f *fake) kind() Kind {
	return Kind{
		Scheme: "x",
		CheckName: func(name string) error {
			if strings.ContainsAny(name, " /") {
				return errors.New("is not a name")
			}
			return nil
		},
		Connect: func(*Context) (Server, error) { return f, f.err },
	}
}

const kindBase = "1700000000.5+da39a3ee5e6b4b0d3255bfef95601890afd80709"

// ending is a command that finishes nothing: it only opens the entries that it is given.
func ending() Command {
	s := &Shared{}
	return Command{
		Name: "qend", Synopsis: "ENTRY...", Shared: s,
		Run: func(c *Context) error {
			return c.Entries(c.Args, func(o Operand) error {
				if err := o.CheckGeneration(); err != nil {
					return err
				}
				return c.Println(o.Dir.Path() + " " + o.Generation)
			})
		},
	}
}

// TestKinds calls a command of a program that can open queues that are not directories.
func TestKinds(t *testing.T) {
	t.Parallel()
	const mixed = ": is in another kind of queue than the others: name entries and queues of one kind at a time\n"
	claim := "x:out/" + kindBase + ".bak@7"
	for _, c := range []struct {
		args, stdin string
		status      int
		out, err    string
	}{
		{args: claim, out: "x:out 7\n"},
		{args: "x:out/" + kindBase + "@8", out: "x:out 8\n"},
		{args: "$D/in/" + kindBase, out: "$D/in \n"},
		{args: "x:out/" + kindBase, status: 64, err: "qend: x:out/" + kindBase + ": the number of the claim is missing: give the path that qdequeue printed, which ends in .bak@NUMBER\n"},
		{args: "x:out/" + kindBase + ".pck@7", status: 64, err: "qend: x:out/" + kindBase + ".pck@7: only a claim has a number, and its name ends in .bak\n"},
		{args: "x:out/" + kindBase + ".bak@0", status: 64, err: "qend: x:out/" + kindBase + ".bak@0: @0 is not a number\n"},
		{args: "x:a/b/" + kindBase + "@1", status: 64, err: "qend: x:a/b: is not a name\n"},
		{args: "x:none/" + kindBase + "@1", status: 66, err: "qend: $D/none: no such queue\n"},
		{args: claim + " $D/in/" + kindBase, status: 64, err: "qend: $D/in/" + kindBase + mixed},
		{args: "-", stdin: claim + "\n$D/in/" + kindBase + "\n" + claim, status: 64, out: "x:out 7\nx:out 7\n", err: "qend: $D/in/" + kindBase + mixed},
		{args: "$D/in/" + kindBase + " -", stdin: claim, status: 64, out: "$D/in \n", err: "qend: " + claim + mixed},
		{args: "y:out/" + kindBase, status: 69, err: "qend: y:out/" + kindBase + ": switchboard-y is not installed\nqend: hint: the package switchboard-y has it\n"},
		{args: claim + " y:out/" + kindBase, status: 64, err: "qend: y:out/" + kindBase + mixed},
	} {
		dir := t.TempDir()
		for _, name := range []string{"in", "out"} {
			if err := os.Mkdir(filepath.Join(dir, name), 0o770); err != nil {
				t.Fatal(err)
			}
		}
		f := &fake{dir: dir}
		status, out, said := runWith(ending(), dir, c.args, c.stdin, f)
		if status != c.status || out != c.out || said != c.err {
			t.Errorf("%s: status %d, printed %q, said\n%q, want %d, %q,\n%q", c.args, status, out, said, c.status, c.out, c.err)
		}
	}
}

// TestNoServer asks a server that does not answer once, not for each entry.
func TestNoServer(t *testing.T) {
	t.Parallel()
	f := &fake{err: &queue.Error{Path: "x:", Err: queue.ErrUnreachable}}
	asked := 0
	k := f.kind()
	connect := k.Connect
	k.Connect = func(c *Context) (Server, error) { asked++; return connect(c) }
	var out, said bytes.Buffer
	status := Run(ending(), Process{
		Args:  []string{"qend", "x:out/" + kindBase + "@1", "x:out/" + kindBase + "@2", "x:in/" + kindBase + "@2"},
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &said, Env: []string{"SWITCHBOARD_CONFIG=/dev/null"}, Kinds: []Kind{k},
	})
	want := "qend: x:out: no server answers\nqend: x:out: no server answers\nqend: x:in: no server answers\n"
	if status != Unavailable || said.String() != want || asked != 1 {
		t.Errorf("status %d, asked %d times, said\n%s", status, asked, said.String())
	}
}

func runWith(c Command, dir, args, stdin string, f *fake) (status int, out, said string) {
	here, back := strings.NewReplacer("$D", dir), strings.NewReplacer(dir, "$D")
	var stdout, stderr bytes.Buffer
	status = Run(c, Process{
		Args:  append([]string{c.Name}, strings.Fields(here.Replace(args))...),
		Stdin: strings.NewReader(here.Replace(stdin)), Stdout: &stdout, Stderr: &stderr,
		Env: []string{"SWITCHBOARD_CONFIG=/dev/null"}, Kinds: []Kind{f.kind()},
		Exec: func(string, []string, []string) error { return fs.ErrNotExist },
	})
	said, _, _ = strings.Cut(back.Replace(stderr.String()), "usage: ")
	return status, back.Replace(stdout.String()), said
}

// TestProgram finds the command that arguments name.
func TestProgram(t *testing.T) {
	t.Parallel()
	p := Program{Name: "switchboard-x", Commands: []func() Command{
		func() Command { return Command{Name: "switchboard-x init"} }, func() Command { return Command{Name: "qcat"} },
	}}
	for args, want := range map[string]string{
		"init -v":     "switchboard-x init: switchboard-x init,-v",
		"qcat x:a":    "qcat: qcat,x:a",
		"mm-qcat x:a": "qcat: mm-qcat,x:a",
		"mm-init":     "switchboard-x: switchboard-x,mm-init",
		"--version":   "switchboard-x: switchboard-x,--version",
		"":            "switchboard-x: switchboard-x",
	} {
		c, line := p.command(strings.Fields(args))
		if got := c.Name + ": " + strings.Join(line, ","); got != want {
			t.Errorf("%q is %q, want %q", args, got, want)
		}
	}
}
