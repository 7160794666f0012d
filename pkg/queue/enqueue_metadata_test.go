package queue

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/pickle"
	"switchboard/pkg/queue/internal/disk/fakedisk"
	"switchboard/test/golden"
)

// allMetadata is an entry's metadata as JSON texts.
func allMetadata(t *testing.T, e *Entry) map[string]string {
	t.Helper()
	line, err := e.Content.AppendMetadata(nil)
	must(t, err)
	var values map[string]json.RawMessage
	must(t, json.Unmarshal(line, &values))
	texts := make(map[string]string)
	for key, value := range values {
		texts[key] = string(value)
	}
	return texts
}

func TestEnqueueMetadata(t *testing.T) {
	t.Parallel()
	items := []message.Item{
		{Key: "listname", Value: "first"}, {Key: "listname", Value: "last"}, {Key: "_parsemsg", Value: false},
		{Key: "version", Value: 7}, {Key: "_secret", Value: "x"}, {Key: "n", Value: json.Number("12")},
		{Key: "tolist", Value: true}, {Key: "none", Value: nil}, {Key: "recips", Value: []any{"a", "b"}},
	}
	for _, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
		d := realQueue(t, Options{Format: format})
		e := entryAt(t, d, store(t, d, Message{Text: strings.NewReader("x"), Metadata: items})[0])
		got := allMetadata(t, e)
		want := map[string]string{"listname": `"last"`, "_parsemsg": "true", "version": "3", "n": "12",
			"tolist": "true", "none": "null", "recips": `["a","b"]`}
		if format == message.Mailman2 {
			want["received_time"] = got["received_time"]
			if when, _, _ := strings.Cut(e.ID.String(), "+"); !strings.HasPrefix(when, got["received_time"]) || when == "" {
				t.Errorf("received_time %s, the name says %s", got["received_time"], when)
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("format %v has %v, not %v", format, got, want)
		}
	}
}

// TestEnqueueReceived: the place in the queue is what was asked for, or what
// is handed on, and otherwise now. A time that no name can have is not taken.
func TestEnqueueReceived(t *testing.T) {
	t.Parallel()
	const asked, noted, named = "1500000000.25", "1400000000.5", "1700000000.0"
	now := "17000" // what the clock of newWorld begins with, give or take
	for _, test := range []struct {
		format   message.Dialect
		received float64
		noted    any
		handedOn bool
		want     string
	}{
		{message.Mailman2, 0, nil, false, now},
		{message.Mailman2, 1500000000.25, nil, false, asked},
		{message.Mailman2, 1500000000.25, 1400000000.5, false, asked},
		{message.Mailman2, 0, 1400000000.5, false, noted},
		{message.Mailman2, 0, pickle.Float(1400000000.5), false, noted},
		{message.Mailman2, 0, json.Number("1400000000.5"), false, noted},
		{message.Mailman2, 0, 1400000000, false, "1400000000.0"},
		{message.Mailman2, 0, pickle.Int{Small: 1400000000}, false, "1400000000.0"},
		{message.Mailman2, 0, "soon", false, now},
		{message.Mailman2, 0, 1e16, false, now},
		{message.Mailman2, 0, nil, true, named},
		{message.Mailman2, 0, 1400000000.5, true, noted},
		{message.Mailman3, 0, nil, true, named},
		{message.Mailman3, 1500000000.25, nil, true, asked},
	} {
		w := newWorld()
		w.disk.Put("/q/bad/"+testID(0).Name(Preserved), entryFile(message.Mailman2, "x"), 0, 0)
		aside, err := w.open("/q/bad", Options{})
		must(t, err)
		d, err := w.open("/q/in", Options{Format: test.format})
		must(t, err)
		m := Message{Received: test.received}
		if test.handedOn {
			m.From = entryAt(t, aside, testID(0).Name(Preserved))
		} else {
			m.Text = strings.NewReader("x")
		}
		if test.noted != nil {
			m.Metadata = []message.Item{{Key: "received_time", Value: test.noted}}
		}
		name := filepath.Base(store(t, d, m)[0])
		if !strings.HasPrefix(name, test.want) || len(test.want) > 5 && name[len(test.want)] != '+' {
			t.Errorf("%+v is named %s, not %s", test, name, test.want)
		}
	}
}

// TestHandOnGolden hands on every golden file, to both Mailmans: the pickle of
// the message as it is where that can hold it, and else its text.
func TestHandOnGolden(t *testing.T) {
	t.Parallel()
	for _, c := range golden.All(t) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.disk.Put("/q/bad/"+testID(0).Name(Preserved), c.Data, 0, 0)
			aside, err := w.open("/q/bad", Options{})
			must(t, err)
			from := entryAt(t, aside, testID(0).Name(Preserved))
			for _, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
				items, err := from.Content.HandOn(format)
				must(t, err)
				d, err := w.open("/q/in", Options{Format: format})
				must(t, err)
				path := store(t, d, Message{From: from, Metadata: items})[0]
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

// TestHandOnText hands on what neither Mailman 2.1 nor Mailman 3 loads: it becomes
// text, of the same bytes, without any class.
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
		aside, err := w.open("/q/bad", Options{})
		must(t, err)
		from := entryAt(t, aside, testID(0).Name(Preserved))
		for format, op := range map[message.Dialect]byte{message.Mailman2: 'T', message.Mailman3: 'X'} {
			items, err := from.Content.HandOn(format)
			must(t, err)
			d, err := w.open("/q/in", Options{Format: format})
			must(t, err)
			path := store(t, d, Message{From: from, Metadata: items})[0]
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

// TestEnqueueFlushFails: an error of a group before is told from one of the
// message that was added.
func TestEnqueueFlushFails(t *testing.T) {
	t.Parallel()
	w := newWorld()
	d, err := w.open("/q/in", Options{})
	must(t, err)
	told := 0
	b := d.NewBatch(func(string) error { told++; return nil })
	b.limit = syncTogether
	for range 2 * b.limit {
		must(t, b.Add(text("x")))
	}
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		if c.Op == "syncdir" {
			return fakedisk.Verdict{Err: syscall.EIO}
		}
		return fakedisk.Verdict{}
	}
	if err := b.Add(text("y")); !errors.Is(err, ErrFlush) || !errors.Is(err, syscall.EIO) {
		t.Errorf("a group that cannot be synced: %v", err)
	}
	w.disk.Hook = nil
	must(t, b.Add(text("z")))
	err = b.Flush()
	// The names of the first group could not be made durable: they are there,
	// and nobody was told.
	if names := len(w.disk.Lookup("/q/in").Names); told != b.limit+1 || names != 2*b.limit+1 || err != nil {
		t.Errorf("%d were told, %d are there: %v", told, names, err)
	}
}

// TestErrorText: one line, which begins with the file that it is about.
func TestErrorText(t *testing.T) {
	t.Parallel()
	var o Options
	told := notices(&o)
	d := realQueue(t, o, Ready, InFlight)
	in := d.Path()
	writeEntry(t, in, testID(0), InFlight, nil)
	writeEntry(t, in, testID(2), Ready, []byte("garbage"))
	_, conflict := d.Dequeue(testID(0))
	_, malformed := d.Dequeue(testID(2))
	_, missing := Open(in+"/none", Options{})
	must(t, os.WriteFile(in+"/file", nil, 0o600))
	_, noDir := Open(in+"/file", Options{})
	_, noParent := Create(in+"/none/q", Options{})
	for _, test := range []struct {
		err  error
		want string
	}{
		{conflict, d.EntryPath(testID(0), Ready) + ": " + d.EntryPath(testID(0), InFlight) + " exists; both are kept"},
		{malformed, d.EntryPath(testID(2), Ready) + ": "},
		{malformed, "; preserved as " + filepath.Join(bad(d), testID(2).Name(Preserved))},
		{d.Finish(testID(5)), d.EntryPath(testID(5), InFlight) + ": not claimed (already finished or restored)"},
		{missing, in + "/none: no such queue"},
		{noDir, in + "/file: is not a directory"},
		{noParent, in + "/none/q: cannot create: parent directory " + in + "/none does not exist"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) || strings.Contains(test.err.Error(), "\n") {
			t.Errorf("%v, and not %s", test.err, test.want)
		}
	}
	if len(*told) > 0 {
		t.Errorf("told %v", *told)
	}
}
