package queue

import (
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/test/golden"
)

// TestHandOnGolden hands on every golden file to both Mailmans: with the message's pickle
// unchanged if that Mailman can load it, and otherwise as text.
func TestHandOnGolden(t *testing.T) {
	t.Parallel()
	for _, c := range golden.All(t) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.disk.Put("/q/bad/"+testID(0).Name(Preserved), c.Data, 0, 0)
			badDir, err := w.open("/q/bad", Options{})
			must(t, err)
			from := entryAt(t, badDir, testID(0).Name(Preserved))
			for _, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
				items, err := from.Content.HandOn(format)
				must(t, err)
				d, err := w.open("/q/in", Options{Format: format})
				must(t, err)
				path := store(t, d, handedOn(from, items...))[0]
				e := entryAt(t, d, path)
				stored := w.disk.Lookup(path).Data
				if from.Content.FitsAs(format) && string(stored[:e.Content.MsgEnd]) != string(c.Data[:from.Content.MsgEnd]) {
					t.Errorf("%v: the message pickle is another", format)
				}
				if e.Content.Restores() != 0 {
					t.Errorf("%v: restored %d times", format, e.Content.Restores())
				}
				if got, want := messageOf(t, e), messageOf(t, from); got != want && from.Content.FitsAs(format) {
					t.Errorf("%v: the text is another", format)
				}
			}
		})
	}
}

// TestHandOnText hands on a message that neither Mailman 2.1 nor Mailman 3 can load: it
// becomes text with the same bytes.
func TestHandOnText(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{}
	_, files["F9-beta30"] = golden.CaseFile(t, "F9-beta30")
	for _, c := range golden.All(t) {
		if strings.HasPrefix(c.Name, "mm2p3-") && !c.ParseMsg {
			files[c.Name] = c.Data
		}
	}
	for name, data := range files {
		w := newWorld()
		w.disk.Put("/q/bad/"+testID(0).Name(Preserved), data, 0, 0)
		badDir, err := w.open("/q/bad", Options{})
		must(t, err)
		from := entryAt(t, badDir, testID(0).Name(Preserved))
		for format, op := range map[message.Dialect]byte{message.Mailman2: 'T', message.Mailman3: 'X'} {
			items, err := from.Content.HandOn(format)
			must(t, err)
			d, err := w.open("/q/in", Options{Format: format})
			must(t, err)
			path := store(t, d, handedOn(from, items...))[0]
			e := entryAt(t, d, path)
			stored := w.disk.Lookup(path).Data
			if stored[0] != op || e.Content.Class() != "" || strings.Contains(string(stored), "Message\n") {
				t.Errorf("%s as %v: %.60q", name, format, stored)
			}
			if got, want := messageOf(t, e), messageOf(t, from); got != want {
				t.Errorf("%s as %v: %q, not %q", name, format, got, want)
			}
		}
	}
	if len(files) < 5 {
		t.Errorf("%d files", len(files))
	}
}
