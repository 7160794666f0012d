package qstat

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"switchboard/internal/cmdline"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
	"switchboard/pkg/tally"
	"switchboard/test/golden"
	"switchboard/test/harness"
)

// run runs the command and returns what it printed and said.
func run(t *testing.T, status int, args ...string) (out, said string) {
	t.Helper()
	var o, e bytes.Buffer
	got := cmdline.Run(Command(), cmdline.Process{
		Args: append([]string{"qstat"}, args...), Stdin: strings.NewReader(""), Stdout: &o, Stderr: &e, Env: []string{"SWITCHBOARD_CONFIG=/dev/null"},
	})
	if got != status {
		t.Fatalf("%q: status %d, want %d: %s", args, got, status, e.String())
	}
	return o.String(), e.String()
}

// object is what the test reads of a group.
type object struct {
	List    string
	Entries int
	Bytes   int64
	Shape   map[string]int
}

func objects(t *testing.T, text string) (all []object) {
	t.Helper()
	for line := range strings.Lines(text) {
		var o object
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, o)
	}
	return all
}

// TestByGolden groups what real Mailmans wrote. Python knows how many entries each list has.
func TestByGolden(t *testing.T) {
	t.Parallel()
	var queues []string
	root, want, entries, size := t.TempDir(), make(map[string]int), 0, int64(0)
	for _, g := range golden.All(t) {
		name := filepath.Base(g.Path)
		if _, state := queue.SplitName(name); state == queue.Stray {
			continue // its time is out of range
		}
		var metadata struct{ Listname, Listid string }
		// What is not text is "" here, and so is the list_base64 of JSON.
		_ = json.Unmarshal(g.Metadata, &metadata)
		want[strings.ToLower(cmp.Or(metadata.Listname, metadata.Listid))]++
		entries++
		size += int64(len(g.Data))
		dir := filepath.Join(root, g.Name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), g.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		queues = append(queues, dir)
	}
	got := make(map[string]int)
	out, _ := run(t, 0, append([]string{"--by", "list", "--json", "--state", "any"}, queues...)...)
	for _, o := range objects(t, out) {
		got[o.List] += o.Entries
	}
	if !maps.Equal(got, want) {
		t.Errorf("entries by list: %v, want %v", got, want)
	}
	for _, by := range []tally.By{tally.Sender, tally.SenderDomain, tally.RecipientDomain, tally.Origin, tally.Hour} {
		out, _ := run(t, 0, append([]string{"--by", by.String(), "--json", "--state", "any", "--shape"}, queues...)...)
		n, bytes := 0, int64(0)
		for _, o := range objects(t, out) {
			n += o.Entries
			bytes += o.Bytes
			// All of them are years old.
			if o.Shape["1280+"] != o.Entries || len(o.Shape) != len(tally.Buckets) {
				t.Errorf("by %s: %d entries, shape %v", by, o.Entries, o.Shape)
			}
		}
		if by != tally.RecipientDomain && (n != entries || bytes != size) || n < entries {
			t.Errorf("by %s: %d entries in %d bytes, want %d in %d", by, n, bytes, entries, size)
		}
	}
}

// TestByHostile checks that no name of a group can break a row or disturb a terminal, and
// that JSON has its bytes.
func TestByHostile(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "in")
	if err := os.Mkdir(dir, 0o770); err != nil {
		t.Fatal(err)
	}
	const evil = "\x1b[2J\t\r\n\u202e\xff|\\"
	e := harness.Entry{
		Base: harness.Base(1), Text: []byte("Subject: x\n\nx\n"),
		Metadata: []message.Item{{Key: "listname", Value: evil}, {Key: "envsender", Value: evil + "@a." + evil}, {Key: "whichq", Value: evil}, {Key: "recips", Value: []any{evil + "@A." + evil}}},
	}
	if _, err := e.Write(dir, ".pck"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, harness.Base(2)+".pck"), []byte("garbage"), 0o660); err != nil {
		t.Fatal(err)
	}
	const shown = `\x1b[2j\x09\x0d\x0a\u202e\xff|\\`
	for by, want := range map[string]string{
		"list": shown, "sender": shown + "@a." + shown, "sender-domain": "a." + shown, "recipient-domain": "a." + shown,
		"origin": strings.Replace(shown, "j", "J", 1),
	} {
		for _, args := range [][]string{{"--by", by, dir}, {"--by", by, "--shape", dir}} {
			out, said := run(t, 65, args...)
			if !strings.Contains(out, "\t"+want+"\n") || !strings.Contains(out, "\t(cannot be read)\n") || strings.Count(out, "\n") != len(args)-1 {
				t.Errorf("%v: %q, want %q", args, out, want)
			}
			if strings.ContainsAny(out, "\x1b\r") || !utf8.ValidString(out) {
				t.Errorf("%v: raw bytes in %q", args, out)
			}
			if !strings.Contains(said, harness.Base(2)) {
				t.Errorf("%v: the unreadable entry is not named: %q", args, said)
			}
		}
		out, _ := run(t, 65, "--by", by, "--json", dir)
		if len(objects(t, out)) != 2 || !strings.Contains(out, `_base64":"`) || !strings.Contains(out, `{"unreadable":true,"entries":1,`) {
			t.Errorf("--by %s --json: %s", by, out)
		}
	}
}
