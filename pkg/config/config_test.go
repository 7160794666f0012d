package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/message"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"root = \"x\"\nfromat = \"mailman3\"\n":                `f.toml:2: fromat: unknown key`,
		"[queue.in]\npath = \"x\"\nlimit = 3\n":                `f.toml:3: queue.in.limit: unknown key`,
		"[queue.\"in\"]\npath = \"x\"\n\nlimit = 3\n":          `f.toml:4: queue.in.limit: unknown key`,
		"[queue.in.more]\nx = 1\n":                             `f.toml:1: queue.in.more: unknown key`,
		"[other]\nx = 1\n":                                     `f.toml:1: other: unknown key`,
		"[other.one]\nx = 1\n":                                 `f.toml:1: other.one: unknown key`,
		"\n\nformat = \"mailman4\"\n":                          `f.toml:3: format: "mailman4" is neither mailman2 nor mailman3`,
		"root = 5\n":                                           `f.toml:1: root: must be a string`,
		"format = true\n":                                      `f.toml:1: format: must be a string`,
		"bad = [\"x\"]\n":                                      `f.toml:1: bad: must be a string`,
		"queue = 5\n":                                          `f.toml:1: queue: must be a table`,
		"[queue]\nin = \"x\"\n":                                `f.toml:2: queue.in: must be a table`,
		"root = \"x\"\n[[queue]]\npath = \"x\"\n":              `f.toml:2: queue: must be a table`,
		"root = \"x\"\n[queue.in]\nmax-restores = \"three\"\n": `f.toml:3: queue.in.max-restores: must be a number`,
		"max-restores = 2.5\n":                                 `f.toml:1: max-restores: must be a number`,
		"[queue.in]\npath = \"x\"\nmax-restores = 256\n":       `f.toml:3: queue.in.max-restores: must be 0 (never) to 255`,
		"[queue.in]\npath = \"x\"\nmax-restores = -1\n":        `f.toml:3: queue.in.max-restores: must be 0 (never) to 255`,
		"[queue.in]\n":                                         `f.toml:1: queue.in: has no path, and there is no root`,
		"queue.in.bad = \"x\"\n":                               `f.toml:1: queue.in.bad: has no path, and there is no root`,
		"[queue.\"a/b\"]\npath = \"x\"\n":                      `f.toml:1: queue."a/b": "a/b" cannot be the name of a queue`,
		"[queue.\"\"]\npath = \"x\"\n":                         `f.toml:1: queue."": "" cannot be the name of a queue`,
		"root = \n":                                            "f.toml:1: ",
		"root = \"x\"\nroot = \"y\"\n":                         "f.toml:2: ",
		"pid-file = 5\n":                                       `f.toml:1: pid-file: must be a string or a list of strings`,
		"pid-file = [\"a\", 5]\n":                              `f.toml:1: pid-file: must be a string or a list of strings`,
		"pid-file = \"\"\n":                                    "f.toml:1: pid-file: is empty",
		"mailman-log = \"\"\n":                                 "f.toml:1: mailman-log: is empty",
		"mailman-log = [\"a\"]\n":                              "f.toml:1: mailman-log: must be a string",
		"pid-file = [\"a\", \"\"]\n":                           "f.toml:1: pid-file: is empty",
		"format = \"mailman3\"\nroot = \"\"\n":                 "f.toml:2: root: is empty",
		"bad = \"\"\n":                                         "f.toml:1: bad: is empty",
		"root = \"x\"\n[queue.in]\nshunt = \"\"\n":             "f.toml:3: queue.in.shunt: is empty",
		"root = \"x\"\n[queue.in]\npath = \"\"\n":              "f.toml:3: queue.in.path: is empty",
		"root = \"x\"\n[queue.in]\nformat = \"\"\n":            "f.toml:3: queue.in.format: is empty",
		"Root = \"\"\n":                                        "f.toml:1: Root: is empty",
		"log = 5\n":                                            `f.toml:1: log: must be a string`,
		"log = \"\"\n":                                         "f.toml:1: log: is empty",
		"log = \"syslog\"\nlog-format = \"xml\"\n":             `f.toml:2: log-format: "xml" is neither text nor json`,
		"log-format = \"\"\n":                                  "f.toml:1: log-format: is empty",
		"log-format = true\n":                                  "f.toml:1: log-format: must be a string",
		"[queue.in]\npath = \"x\"\nlog = \"syslog\"\n":         "f.toml:3: queue.in.log: unknown key",
		// Lines of a string that look like keys are not keys.
		"bad = \"\"\"\nfromat = 1\nx\"\"\"\nfromat = 2\n":       `f.toml:4: fromat: unknown key`,
		"pid-file = [\n\"a\",\n]\nbad = \"\"\n":                 "f.toml:4: bad: is empty",
		"root = \"x\"\n[queue]\nin = { bad = \"\" }\n":          "f.toml:3: queue.in.bad: is empty",
		"root = \"x\"\n[queue.a]\nbad = \"\"\n[queue.b]\nx=1\n": "f.toml:3: queue.a.bad: is empty",
	} {
		_, err := Parse("f.toml", text)
		if !errors.Is(err, Err) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v; it should be %s", text, err, want)
		}
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Log{
		"":                     {},
		"log = \"syslog\"\n":   {Syslog: true},
		"log = \"./syslog\"\n": {Path: "/etc/syslog"},
		"log = \"log/x\"\nlog-format = \"json\"\n": {Path: "/etc/log/x", JSON: true},
		"LOG = \"/x\"\nlog-format = \"text\"\n":    {Path: "/x"},
	} {
		c, err := Parse("/etc/f.toml", text)
		if err != nil || c.Log != want || c.Log.On() != (want != Log{}) {
			t.Errorf("%q: %+v, %v", text, c.Log, err)
		}
	}
}

// TestAnyCase: keys have always been read in any case.
func TestAnyCase(t *testing.T) {
	t.Parallel()
	c, err := Parse("/etc/f.toml", "Root = \"/q\"\n[Queue.In]\nMax-Restores = 2\n")
	if err != nil || c.Root != "/q" {
		t.Fatal(c, err)
	}
	if q, ok := c.Named("In"); !ok || q.MaxRestores != 2 || q.Path != "/q/In" {
		t.Errorf("%+v", q)
	}
}

// TestNamedLikeKeys: a queue may have the name of a key.
func TestNamedLikeKeys(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"root", "path", "bad", "format"} {
		if _, err := Parse("f.toml", "[queue."+name+"]\npath = \"x\"\n"); err != nil {
			t.Error(err)
		}
	}
}

func TestQueues(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, d := range []string{"q/in", "q/out", "other"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	os.WriteFile(filepath.Join(dir, "q/file"), nil, 0o644)
	c, err := Parse(filepath.Join(dir, "f.toml"), `
root = "q"
format = "mailman3"
max-restores = 5
pid-file = "/run/a.pid"
mailman-log = "logs/all"
[queue.in]
format = "mailman2"
max-restores = 0
bad = "aside"
pid-file = ["b.pid"]
mailman-log = "/var/log/in"
[queue.new]
path = "other"
`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := c.Names()
	if err != nil || strings.Join(names, " ") != "in new out" {
		t.Errorf("%v %v", names, err)
	}
	in, ok := c.Named("in")
	if !ok || in.Path != filepath.Join(dir, "q/in") || in.Format != message.Mailman2 || in.MaxRestores != 0 || in.Bad != filepath.Join(dir, "aside") {
		t.Errorf("%+v", in)
	}
	if got := strings.Join(in.PidFiles, " "); got != filepath.Join(dir, "b.pid")+" /run/a.pid" {
		t.Errorf("pid files %s", got)
	}
	if in.MailmanLog != "/var/log/in" {
		t.Errorf("log %s", in.MailmanLog)
	}
	out, ok := c.Named("out")
	if !ok || out.MailmanLog != filepath.Join(dir, "logs/all") || out.Format != message.Mailman3 || out.MaxRestores != 5 {
		t.Errorf("%+v", out)
	}
	for path, want := range map[string]bool{"q/in": true, "q/out": true, "q/none": true, "other": true, "q": false, "q/in/x": false, "": false} {
		if at := c.At(filepath.Join(dir, path)); at.Configured != want {
			t.Errorf("%q is configured: %v", path, at.Configured)
		}
	}
	if at := c.At(filepath.Join(dir, "other")); at.Format != message.Mailman3 {
		t.Errorf("%+v", at)
	}
	for _, name := range []string{"file", "nosuch", "", "..", ".", "in/../in"} {
		if _, ok := c.Named(name); ok {
			t.Errorf("%q is a queue", name)
		}
	}
	if q := (&Config{}).At("/x"); q.MaxRestores != -1 || q.Path != "/x" {
		t.Errorf("without a file: %+v", q)
	}
}

func TestScheme(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"pg:out": "pg", "pg:out/x": "pg", "pg:": "pg", "./pg:out": "", "in": "", "": "", ":x": "", "a1:x": "", "Re:x": "", "in/pg:x": "", "/pg:x": "", "p g:x": "",
	} {
		if got := Scheme(path); got != want {
			t.Errorf("%q has the scheme %q", path, got)
		}
	}
}

// TestOtherKinds reads queues that are not directories. Their paths are not relative to the
// file, and their entries cannot be moved to directories.
func TestOtherKinds(t *testing.T) {
	t.Parallel()
	c, err := Parse("/etc/f.toml", `
bad = "/var/bad"
shunt = "pg:aside"
[queue.in]
path = "in"
[queue.out]
path = "pg:out"
max-restores = 7
`)
	if err != nil {
		t.Fatal(err)
	}
	out, ok := c.Named("out")
	if !ok || out.Path != "pg:out" || out.Bad != "" || out.Shunt != "pg:aside" || !out.Configured {
		t.Errorf("out: %+v", out)
	}
	if in, _ := c.Named("in"); in.Bad != "/var/bad" || in.Shunt != "" || in.Path != "/etc/in" {
		t.Errorf("in: %+v", in)
	}
	if at := c.At("pg:out"); !reflect.DeepEqual(at, out) {
		t.Errorf("pg:out: %+v", at)
	}
	if at := c.At("pg:other"); at.Configured || at.Path != "pg:other" || at.Shunt != "pg:aside" {
		t.Errorf("pg:other: %+v", at)
	}
	if got := c.Schemes(); !slices.Equal(got, []string{"pg"}) {
		t.Errorf("schemes %q", got)
	}
	for _, text := range []string{
		"[queue.in]\npath = 'in'\nshunt = 'pg:shunt'\n",
		"[queue.in]\npath = 'pg:in'\nbad = 'bad'\n",
		"[queue.in]\nbad = 'pg:bad'\npath = 'x:in'\n",
		"root = '/x'\n[queue.in]\nbad = 'pg:bad'\n",
	} {
		if _, err := Parse("f.toml", text); !errors.Is(err, Err) || !strings.Contains(err.Error(), "is not of the kind of") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("root = \"x\"\n[queue.in]\nmax-restores = 3\n")
	f.Add("[queue.in]\npath = \"x\"\npid-file = [\"a\"]\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse("f.toml", text)
		if (c == nil) == (err == nil) || err != nil && !errors.Is(err, Err) {
			t.Errorf("%v, %v", c, err)
		}
	})
}
