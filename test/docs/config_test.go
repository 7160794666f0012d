package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// TestConfigurationKeys checks that the manual describes the keys that the
// configuration has, and no others.
func TestConfigurationKeys(t *testing.T) {
	t.Parallel()
	find := func(text, expression string) []string {
		var all []string
		for _, m := range regexp.MustCompile(expression).FindAllStringSubmatch(text, -1) {
			all = append(all, m[1])
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	described := find(page(t, "switchboard.toml.5"), `(?m)^\.It Ic (\S+)$`)
	known := find(read(t, "pkg/config/parse.go")+read(t, "pkg/config/deliver.go")+read(t, "pkg/config/pg.go"), `(?m)(?:case |== )"([a-z-]+)"[^/\n]*$`)
	if len(known) < 5 || !slices.Equal(described, known) {
		t.Errorf("switchboard.toml.5 describes %v, the commands know %v", described, known)
	}
}

// TestConfigurationExample runs commands with the manual's example.
func TestConfigurationExample(t *testing.T) {
	t.Parallel()
	text, ok := section(page(t, "switchboard.toml.5"), "EXAMPLES")
	_, text, began := strings.Cut(text, ".Bd -literal -offset indent\n")
	text, _, ended := strings.Cut(text, "\n.Ed")
	if !ok || !began || !ended {
		t.Fatal("no example")
	}
	s := newSandbox(t)
	path := filepath.Join(s.dir, "switchboard.toml")
	if err := os.WriteFile(path, []byte(s.moved(roff(text))), 0o644); err != nil {
		t.Fatal(err)
	}
	r := harness.Run(t, nil, "qstat", "--config", path, "--json")
	if r.Status != 0 || r.Err != "" {
		t.Fatalf("qstat: %d, %s", r.Status, r.Err)
	}
	for _, queue := range []string{"qfiles/in", "qfiles/out", "queue/in"} {
		if !strings.Contains(r.Out, `"queue":"`+filepath.Join(s.dir, queue)+`"`) {
			t.Errorf("qstat does not show %s:\n%s", queue, r.Out)
		}
	}
	// The example says that messages in the queue "new" are for Mailman 3.
	r = harness.Run(t, []byte(exampleMail), "qenqueue", "--config", path, "new")
	stored := strings.TrimSpace(r.Out)
	if r.Status != 0 || filepath.Dir(stored) != filepath.Join(s.dir, "queue/in") {
		t.Fatalf("qenqueue: %d, %q, %s", r.Status, stored, r.Err)
	}
	if r := harness.Run(t, nil, "qstat", stored); !strings.Contains(r.Out, "mailman3") {
		t.Errorf("qenqueue did not write for Mailman 3: %s", r.Out)
	}
}
