package interop

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"switchboard/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// ours runs one of our commands.
func (m *mailman) ours(stdin []byte, name string, args ...string) harness.Result {
	m.Helper()
	return harness.Run(m.T, stdin, name, args...)
}

// done runs a command that must succeed and write nothing on standard error. It returns
// the command's output.
func (m *mailman) done(stdin []byte, name string, args ...string) string {
	m.Helper()
	r := m.ours(stdin, name, args...)
	if r.Status != 0 || r.Err != "" {
		m.Fatalf("%s %s: status %d: %s", name, strings.Join(args, " "), r.Status, r.Err)
	}
	return r.Out
}

// path1 runs a command that must print one path, and returns it.
func (m *mailman) path1(stdin []byte, name string, args ...string) string {
	m.Helper()
	out := m.done(stdin, name, args...)
	if path := strings.TrimSuffix(out, "\n"); path != "" && !strings.Contains(path, "\n") {
		return path
	}
	m.Fatalf("%s %s: printed %q, not one path", name, strings.Join(args, " "), out)
	return ""
}

// metadata returns what qcat -m prints.
func (m *mailman) metadata(path string) object {
	m.Helper()
	return decode(m.T, m.done(nil, "qcat", "-m", path))
}

// holds checks which entries a queue holds, by their names with extension, in any order.
// Our commands may also have a lock or a cache there.
func (m *mailman) holds(queue string, want ...string) {
	m.Helper()
	entries, err := os.ReadDir(m.queue(queue))
	if err != nil && !os.IsNotExist(err) {
		m.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if strings.Contains(e.Name(), "+") {
			got = append(got, e.Name())
		}
	}
	if !same(got, want) {
		m.Fatalf("queue %s holds %q, not %q", queue, got, want)
	}
}

func decode(t *testing.T, text string) object {
	t.Helper()
	var o object
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&o); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return o
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	line, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
}

// equalJSON checks that two JSON values are equal. Numbers are compared by value, but an
// integer never equals a float.
func equalJSON(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := plain(got), plain(want); !reflect.DeepEqual(g, w) {
		t.Errorf("%s:\n got %v\nwant %v", what, g, w)
	}
}

func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") {
			return v.String()
		}
		f, err := strconv.ParseFloat(v.String(), 64)
		if err != nil {
			return v.String()
		}
		return f
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i])
		}
		return list
	case object:
		o := make(object, len(v))
		for key := range v {
			o[key] = plain(v[key])
		}
		return o
	}
	return v
}

func unbase64(t *testing.T, v any) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(v.(string))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// differ reports where two messages differ, without printing megabytes.
func differ(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	t.Errorf("%s: %d bytes, want %d; from byte %d on %q, want %q",
		what, len(got), len(want), i, clip(got[i:]), clip(want[i:]))
}

func clip(b []byte) []byte { return b[:min(len(b), 60)] }

// same reports whether two lists have the same items, in any order.
func same(a, b []string) bool {
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		count[s]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// tempDir is t.TempDir, but others may read it: some tests run as several users.
func tempDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
