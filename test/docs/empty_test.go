package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// operands are valid operands for each command, so that only an empty value can make
// it fail here. A new command fails the test until it has some.
var operands = map[string][]string{
	"qcat":     {"in/" + exampleBase + ".pck"},
	"qdequeue": {"in"},
	"qdiscard": {"in/" + exampleBase},
	"qenqueue": {"in", "message.eml"},
	"qfinish":  {"in/" + exampleBase},
	"qdeliver": {"in"},
	"qmove":    {"--to=out", "in/" + exampleBase},
	"qrestore": {"in"},
	"qrun":     {"in", "true"},
	"qstat":    {"in"},
}

// TestEmptyValues checks that every option and operand refuses an empty value, such as
// that of an unset variable: this is a usage error, and nothing is done. It takes the
// options from --help, so a new one is covered.
func TestEmptyValues(t *testing.T) {
	t.Parallel()
	for _, name := range commands(t) {
		rest, ok := operands[name]
		if !ok {
			t.Errorf("no operands for %s: add some", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			before := files(t, s)
			refused := func(says string, args ...string) {
				t.Helper()
				r := s.command(t, "", name, args...)
				if r.Status != 64 || r.Out != "" || !strings.HasPrefix(r.Err, name+": ") || !strings.Contains(r.Err, says) || !strings.Contains(r.Err, " is empty") {
					t.Errorf("%s %q: status %d, %q, %q", name, args, r.Status, r.Out, r.Err)
				}
			}
			asked := 0
			for _, o := range options(t, help(t, name)) {
				if o.value == "" {
					continue
				}
				asked++
				refused(o.value, append([]string{o.long, ""}, rest...)...)
				refused(o.value, append([]string{o.long + "="}, rest...)...)
				if o.short != "" {
					refused(o.value, append([]string{o.short, ""}, rest...)...)
					refused(o.value, append([]string{"-v" + o.short[1:], ""}, rest...)...)
					refused(o.value, append([]string{o.short + "="}, rest...)...)
				}
			}
			if asked == 0 {
				t.Error("no option with a value found, not even --config")
			}
			for i := range rest {
				args := append([]string{}, rest...)
				args[i] = ""
				refused("operand", args...)
			}
			refused("operand", append(append([]string{}, rest[:1]...), "")...)
			if after := files(t, s); after != before {
				t.Errorf("%s has changed\n%s\ninto\n%s", name, before, after)
			}
		})
	}
}

// TestEmptyRecords checks that an empty record on standard input is a usage error, and
// that the other records are still handled.
func TestEmptyRecords(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"qcat": {"-"}, "qdequeue": {"-"}, "qdiscard": {"--dry-run", "-"}, "qfinish": {"-"}, "qmove": {"--to", "in3", "-"},
		"qrestore": {"-"}, "qstat": {"-e", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			before := files(t, s)
			for _, input := range []string{"\n", "\n\n", "\x00"} {
				options := args
				if input == "\x00" {
					options = append([]string{"-0"}, args...)
				}
				r := s.command(t, input, name, options...)
				if r.Status != 64 || r.Out != "" || !strings.Contains(r.Err, name+": standard input: record 1 is empty") {
					t.Errorf("%q: status %d, %q, %q", input, r.Status, r.Out, r.Err)
				}
			}
			if after := files(t, s); after != before {
				t.Errorf("%s has changed\n%s\ninto\n%s", name, before, after)
			}
			entry := "in/" + exampleBase + ".pck"
			if name == "qfinish" || name == "qrestore" {
				entry = "in/" + harness.Base(7) + ".bak"
			}
			silent, lines := name == "qfinish" || name == "qdiscard", 1
			if name == "qdiscard" {
				lines++ // what it would do
			}
			if r := s.command(t, "\n"+entry+"\n", name, args...); r.Status != 64 || r.Out == "" != silent || strings.Count(r.Err, "\n") != lines {
				t.Errorf("with an entry: status %d, %q, %q", r.Status, r.Out, r.Err)
			}
		})
	}
}

// TestEmptyAllowed checks the exceptions: the arguments of the command that qrun runs,
// and metadata strings, may be empty.
func TestEmptyAllowed(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	if r := s.command(t, "", "qenqueue", "-m", "note=", "in3", "message.eml"); r.Status != 0 {
		t.Errorf("-m note=: %d, %s", r.Status, r.Err)
	}
	if r := s.command(t, "", "qrun", "in3", "sh", "-c", `test $# = 2 && test -z "$1"`, "sh", "", "x"); r.Status != 0 {
		t.Errorf("COMMAND's own: %d, %s", r.Status, r.Err)
	}
}

// command runs a command in the sandbox.
func (s sandbox) command(t *testing.T, input, name string, args ...string) harness.Result {
	t.Helper()
	cmd := harness.Command(t, name, args...)
	cmd.Dir, cmd.Stdin = s.dir, strings.NewReader(input)
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// files returns the names of all files in the sandbox.
func files(t *testing.T, s sandbox) string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(s.dir, func(path string, _ os.DirEntry, err error) error {
		names = append(names, strings.TrimPrefix(path, s.dir))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, "\n")
}
