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
		var moved []golden
		args := []string{"-p", "-f", m.format, m.queue("moved")}
		for _, g := range goldens(m.T) {
			if g.FlattenError != "" || g.Nondeterministic {
				continue
			}
			if m.format == "mailman2" && strings.HasPrefix(g.Case, "mm2p3-") {
				// Files of a port of Mailman 2.1 to Python 3 are handed on to that.
				continue
			}
			moved = append(moved, g)
			args = append(args, g.file)
		}
		paths := strings.Fields(m.done(nil, "qenqueue", args...))
		if len(paths) != len(moved) {
			m.Fatalf("%d paths for %d entries", len(paths), len(moved))
		}
		printed := strings.Split(m.done(nil, "qcat", append([]string{"-m"}, paths...)...), "\n")
		for i, g := range moved {
			answer, err := m.Call("get", object{"path": paths[i]})
			if err != nil {
				m.Errorf("%s: %v", g.Case, err)
				continue
			}
			g.sameMessage(m.T, unbase64(m.T, answer["msg"]))
			meta := answer["meta"].(object)
			if !strings.Contains(g.Case, "-meta-complex-") { // which JSON has no word for
				equalJSON(m.T, g.Case+": qcat -m", decode(m.T, printed[i]), meta)
			}
			for key := range g.Metadata {
				_, kept := meta[key]
				_, kept64 := meta[key+"_base64"]
				if want := key == "_parsemsg" || !strings.HasPrefix(key, "_"); (kept || kept64) != want {
					m.Errorf("%s: the key %q is there: %v", g.Case, key, !want)
				}
			}
		}
		if got := len(m.files(object{"queue": "moved"})); got != len(moved) {
			m.Errorf("they list %d entries, not %d", got, len(moved))
		}
		m.Logf("%d entries", len(moved))
	})
}

// sameMessage asserts that got is the golden file's message.
func (g golden) sameMessage(t *testing.T, got []byte) {
	t.Helper()
	if fmt.Sprintf("%x", sha256.Sum256(got)) == g.MessageSHA256 {
		return
	}
	// The longest messages are there as a hash alone.
	if want, err := os.ReadFile(filepath.Join(filepath.Dir(g.file), "message.eml")); err == nil {
		differ(t, g.Case, got, want)
	} else {
		t.Errorf("%s: %d bytes, not %d, or others", g.Case, len(got), g.MessageLen)
	}
}
