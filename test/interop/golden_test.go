package interop

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// golden is what a golden file's expected.json says, as far as it is used here.
type golden struct {
	Case, Dialect, Filebase, Ext, Class string
	MessageLen                          int    `json:"message_len"`
	MessageSHA256                       string `json:"message_sha256"`
	FlattenError                        string `json:"flatten_error"`
	Nondeterministic                    bool   `json:"flatten_nondeterministic"`
	Metadata                            map[string]json.RawMessage
	file                                string
}

// goldens are the queue files that every Mailman wrote: all of them where they
// lie beside the project, else the few in it.
func goldens(t *testing.T) []golden {
	t.Helper()
	var found []string
	for _, dir := range []string{"../../../shared/golden", "../../pkg/message/testdata/golden"} {
		if found, _ = filepath.Glob(dir + "/*/expected.json"); len(found) > 0 {
			break
		}
	}
	if len(found) == 0 {
		t.Fatal("no golden files")
	}
	var all []golden
	for _, name := range found {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var g golden
		if err := json.Unmarshal(text, &g); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		g.file = filepath.Join(filepath.Dir(name), g.Filebase+g.Ext)
		all = append(all, g)
	}
	return all
}

// Every file that any Mailman wrote, handed on into a queue of this one (which
// is how the queues of a Mailman 2.1 are moved to a Mailman 3), is loaded by it,
// with the message's bytes as they were.
func TestMove(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		moved := 0
		for _, g := range goldens(m.T) {
			if g.FlattenError != "" || g.Nondeterministic {
				continue
			}
			path := m.path1(nil, "qenqueue", "-p", "-f", m.format, m.queue("moved"), g.file)
			answer, err := m.try("get", object{"path": path})
			if err != nil {
				m.Errorf("%s: %v", g.Case, err)
				continue
			}
			got := unbase64(m.T, answer["msg"])
			if fmt.Sprintf("%x", sha256.Sum256(got)) != g.MessageSHA256 {
				want, _ := os.ReadFile(filepath.Join(filepath.Dir(g.file), "message.eml"))
				differ(m.T, g.Case, got, want)
				if len(want) == 0 {
					m.Errorf("%s: %d bytes, not %d, or others", g.Case, len(got), g.MessageLen)
				}
			}
			meta := answer["meta"].(object)
			equalJSON(m.T, g.Case+": qcat -m", m.metadata(path), meta)
			for key := range g.Metadata {
				if _, kept := meta[key]; kept == strings.HasPrefix(key, "_") && key != "_parsemsg" {
					m.Errorf("%s: the key %q is there: %v", g.Case, key, kept)
				}
			}
			moved++
		}
		m.Logf("%d entries", moved)
		if got := len(m.files(object{"queue": "moved"})); got != moved {
			m.Errorf("they list %d entries, not %d", got, moved)
		}
	})
}
