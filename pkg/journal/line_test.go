package journal

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/queue"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 250e6, time.UTC)

// TestLines checks the lines of events as text, as text for the system's log, and as JSON.
func TestLines(t *testing.T) {
	t.Parallel()
	about := &queue.About{List: "staff", MessageID: "<1@x.example>", Restores: 2}
	for name, test := range map[string]struct {
		event      queue.Event
		text, json string
	}{
		"all fields": {
			queue.Event{Kind: queue.WasRestored, From: "/q/in/1.bak", To: "/q/in/1.pck", About: about},
			`restored user=list list=staff message-id=<1@x.example> restores=2 from=/q/in/1.bak to=/q/in/1.pck`,
			`"event":"restored","from":"/q/in/1.bak","to":"/q/in/1.pck","list":"staff","message_id":"<1@x.example>","restores":2`,
		},
		"stored": {
			queue.Event{Kind: queue.WasStored, To: "/q/1.pck", About: &queue.About{}},
			`stored user=list restores=0 to=/q/1.pck`, `"event":"stored","to":"/q/1.pck","restores":0`,
		},
		"unreadable": {
			queue.Event{Kind: queue.WasPreserved, From: "/q/1.bak", To: "/bad/1.psv"},
			`preserved user=list from=/q/1.bak to=/bad/1.psv`, `"event":"preserved","from":"/q/1.bak","to":"/bad/1.psv"`,
		},
		"control bytes": {
			queue.Event{Kind: queue.WasFinished, From: "/q/1.bak", About: &queue.About{List: "a\nb", MessageID: "<\x1b[2J\x00>"}},
			`finished user=list list="a\nb" message-id="<\x1b[2J\x00>" restores=0 from=/q/1.bak`,
			`"event":"finished","from":"/q/1.bak","list":"a\nb","message_id":"<\u001b[2J\u0000>","restores":0`,
		},
		"like another field": {
			queue.Event{Kind: queue.WasFinished, From: "/a b/1.bak", About: &queue.About{MessageID: `<1> to="/x"`}},
			`finished user=list message-id="<1> to=\"/x\"" restores=0 from="/a b/1.bak"`,
			`"event":"finished","from":"/a b/1.bak","message_id":"<1> to=\"/x\"","restores":0`,
		},
		"not UTF-8": {
			queue.Event{Kind: queue.WasFinished, From: "/q/1.bak", About: &queue.About{List: "caf\xe9", MessageID: "<é\u202e>"}},
			`finished user=list list="caf\xe9" message-id="<é\u202e>" restores=0 from=/q/1.bak`,
			`"event":"finished","from":"/q/1.bak","list_base64":"Y2Fm6Q==","message_id":"<é\u202e>","restores":0`,
		},
		"long": {
			queue.Event{Kind: queue.WasFinished, From: "/" + strings.Repeat("é", 600) + "/1.bak", About: &queue.About{MessageID: "<" + strings.Repeat("é", 200)}},
			`finished user=list message-id=<` + strings.Repeat("é", 127) + `... restores=0 from=...` + strings.Repeat("é", 509) + `/1.bak`,
			`"event":"finished","from":"...` + strings.Repeat("é", 509) + `/1.bak","message_id":"<` + strings.Repeat("é", 127) + `...","restores":0`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := line{command: "qrun", user: "list", pid: 4711}
			if got, want := string(l.append(nil, noon, test.event)), "2026-11-29T12:00:00Z qrun[4711]: "+test.text; got != want {
				t.Errorf("%s\nwant %s", got, want)
			}
			l.headless = true
			if got := string(l.append(nil, noon, test.event)); got != test.text {
				t.Errorf("%s\nwant %s", got, test.text)
			}
			l.json = true
			got := l.append(nil, noon, test.event)
			want := `{"time":"2026-11-29T12:00:00Z","time_unix":1795953600.25,"command":"qrun","pid":4711,"user":"list",` + test.json + `}`
			if string(got) != want || !json.Valid(got) {
				t.Errorf("%s\nwant %s", got, want)
			}
		})
	}
}
