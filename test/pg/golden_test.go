package pg

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/pkg/queue"
	"switchboard/test/golden"
	"switchboard/test/harness"
)

// TestGolden relays every golden file to a pg: queue and back. The bytes and the name are the
// same after each step, whatever the metadata have that JSON cannot hold.
func TestGolden(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	w.mkdir(t, "in", "back")
	cases := map[string]golden.Case{}
	for _, c := range golden.All(t) {
		_, err := queue.ParseID(c.FileBase)
		if _, taken := cases[c.FileBase]; taken || c.Trailing != 0 || err != nil {
			continue
		}
		if err := harness.WriteFile(filepath.Join(w.dir, "in", c.FileBase+".pck"), c.Data); err != nil {
			t.Fatal(err)
		}
		cases[c.FileBase] = c
	}
	w.run(t, 0, "qmove", "-a", "--to", "pg:in", "in")
	entries := w.db.Entries(t)
	if len(entries) != len(cases) {
		t.Errorf("%d of %d are there", len(entries), len(cases))
	}
	for _, e := range entries {
		if c := cases[e.Base]; !bytes.Equal(e.Raw, c.Data) || e.State != queue.Ready || e.Queue != "in" {
			t.Errorf("%s: %s is %v, and its bytes are the same: %v", c.Name, e.Path(), e.State, bytes.Equal(e.Raw, c.Data))
		} else if c.Message != nil && !bytes.Equal(e.Text, c.Message) {
			t.Errorf("%s: the message is %.100q", c.Name, e.Text)
		}
	}

	w.run(t, 0, "qmove", "-a", "--to", "back", "pg:in")
	for base, c := range cases {
		if got, err := os.ReadFile(filepath.Join(w.dir, "back", base+".pck")); err != nil || !bytes.Equal(got, c.Data) {
			t.Errorf("%s: came back as %.100q (%v)", c.Name, got, err)
		}
	}
	if left := w.db.Entries(t); len(left) != 0 {
		t.Errorf("%d are left", len(left))
	}
}

// TestHostile puts broken and hostile files into a database, as somebody who may write to it
// could. No command crashes or hangs, each entry is preserved or claimed, and the bytes stay.
func TestHostile(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	files := map[string][]byte{}
	for _, c := range golden.Bad(t) {
		for _, name := range c.Names() {
			// A database is not the way to store what is not there.
			if data := c.Files[name]; len(data) > 0 && len(data) < 1<<20 {
				files[harness.Base(len(files))] = data
			}
		}
	}
	w.runWith(t, strings.Repeat("x", 10), 0, "qenqueue", "--base", harness.Base(999), "pg:in")
	for base, data := range files {
		w.db.Clone(t, harness.Base(999), base, data)
	}
	w.db.Exec(t, "DELETE FROM switchboard.entry WHERE base = '"+harness.Base(999)+"'")
	w.run(t, 65, "qstat", "--check", "pg:in")
	w.run(t, -1, "qstat", "-l", "--json", "pg:in")
	w.run(t, -1, "qdequeue", "-a", "pg:in")
	n := 0
	for _, e := range w.db.Entries(t) {
		if data, ok := files[e.Base]; ok {
			if n++; e.State == queue.Ready || !bytes.Equal(e.Raw, data) {
				t.Errorf("%s: its bytes are the same: %v", e.Path(), bytes.Equal(e.Raw, data))
			}
		}
	}
	if n != len(files) {
		t.Errorf("%d of %d are there", n, len(files))
	}
}
