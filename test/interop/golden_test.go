package interop

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/test/golden"
)

// TestMove hands on every file that any Mailman wrote into a queue of this Mailman. That is
// how the queues of a Mailman 2.1 are moved to a Mailman 3. This Mailman must load each
// file, with the message's bytes unchanged.
func TestMove(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		var moved []golden.Case
		args := []string{"-p", "-f", m.format, m.queue("moved")}
		for _, g := range golden.All(m.T) {
			if g.FlattenError != "" || g.Nondeterministic {
				continue
			}
			moved = append(moved, g)
			args = append(args, g.Path)
		}
		paths := strings.Fields(m.done(nil, "qenqueue", args...))
		if len(paths) != len(moved) {
			m.Fatalf("%d paths for %d entries", len(paths), len(moved))
		}
		printed := strings.Split(m.done(nil, "qcat", append([]string{"-m"}, paths...)...), "\n")
		for i, g := range moved {
			answer, err := m.Call("get", object{"path": paths[i]})
			if err != nil {
				m.Errorf("%s: %v", g.Name, err)
				continue
			}
			sameMessage(m.T, g, unbase64(m.T, answer["msg"]))
			meta := answer["meta"].(object)
			if !strings.Contains(g.Name, "-meta-complex-") { // JSON cannot express it
				equalJSON(m.T, g.Name+": qcat -m", decode(m.T, printed[i]), meta)
			}
			var theirs map[string]json.RawMessage
			if err := json.Unmarshal(g.Metadata, &theirs); err != nil {
				m.Fatalf("%s: %v", g.Name, err)
			}
			for key := range theirs {
				_, kept := meta[key]
				_, kept64 := meta[key+"_base64"]
				if want := key == "_parsemsg" || !strings.HasPrefix(key, "_"); (kept || kept64) != want {
					m.Errorf("%s: the key %q is there: %v", g.Name, key, !want)
				}
			}
		}
		if got := len(m.files(object{"queue": "moved"})); got != len(moved) {
			m.Errorf("Mailman lists %d entries, not %d", got, len(moved))
		}
		m.Logf("%d entries", len(moved))
	})
}

// TestMoveOdd hands on queue files that no released Mailman wrote as they are: files of
// betas and ports, files made by hand, files with missing attributes. Both Mailmans must
// load and write what qenqueue accepts. It once copied objects that they could not load.
func TestMoveOdd(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		names := map[string][]byte{}
		_, names["F9-beta30"] = golden.CaseFile(m.T, "F9-beta30")
		for _, c := range golden.Bad(m.T) {
			if strings.HasPrefix(c.Name, "bomb-") || strings.HasPrefix(c.Name, "deep") || strings.HasPrefix(c.Name, "selfref-") {
				continue // Python never ends, or gives up
			}
			for name, data := range c.Files {
				names[c.Name+"-"+name] = data
			}
		}
		taken := 0
		for name, data := range names {
			path := filepath.Join(m.T.TempDir(), "odd.pck")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				m.Fatal(err)
			}
			r := m.ours(nil, "qenqueue", "-p", "-f", m.format, m.queue("odd"), path)
			if r.Status != 0 {
				continue
			}
			taken++
			stored := strings.TrimSpace(r.Out)
			answer, err := m.Call("get", object{"path": stored})
			if err != nil {
				m.Errorf("%s: %v", name, err)
				continue
			}
			if got, want := string(unbase64(m.T, answer["msg"])), m.done(nil, "qcat", stored); got != want {
				m.Errorf("%s: Mailman has %.200q, qcat %.200q", name, got, want)
			}
		}
		if taken < 20 {
			m.Errorf("%d were taken", taken)
		}
	})
}

// sameMessage checks that got is the golden file's message.
func sameMessage(t *testing.T, g golden.Case, got []byte) {
	t.Helper()
	if fmt.Sprintf("%x", sha256.Sum256(got)) == *g.MessageSHA256 {
		return
	}
	// Of the longest messages only a hash is there.
	if g.Message != nil {
		differ(t, g.Name, got, g.Message)
	} else {
		t.Errorf("%s: %d bytes, not %d, or others", g.Name, len(got), *g.MessageLen)
	}
}
