package queue

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/pickle"
)

// allMetadata returns an entry's metadata as JSON texts.
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
		e := entryAt(t, d, store(t, d, text("x", items...))[0])
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

// TestEnqueueReceived checks that the place in the queue is the time that was asked for,
// or else the time that is handed on, or else now. A time that no name can have is
// ignored.
func TestEnqueueReceived(t *testing.T) {
	t.Parallel()
	const asked, noted, named = "1500000000.25", "1400000000.5", "1700000000.0"
	now := "17000" // the first digits of newWorld's clock
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
		badDir, err := w.open("/q/bad", Options{})
		must(t, err)
		d, err := w.open("/q/in", Options{Format: test.format})
		must(t, err)
		m := Metadata{Received: test.received}
		if test.noted != nil {
			m.Items = []message.Item{{Key: "received_time", Value: test.noted}}
		}
		name := filepath.Base(store(t, d, func(b Batch) error {
			if test.handedOn {
				return b.HandOn(entryAt(t, badDir, testID(0).Name(Preserved)), m)
			}
			return add(b, strings.NewReader("x"), m)
		})[0])
		if !strings.HasPrefix(name, test.want) || len(test.want) > 5 && name[len(test.want)] != '+' {
			t.Errorf("%+v is named %s, not %s", test, name, test.want)
		}
	}
}
