package journal

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
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

// TestDeliveryLines checks the lines of deliveries.
func TestDeliveryLines(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		delivery   Delivery
		text, json string
	}{
		"sent": {
			Delivery{Fate: WasSent, Entry: "/q/out/1.bak", List: "staff", MessageID: "<1@x.example>", Sender: "staff-bounces@x.example",
				Recipient: "anne@y.example", Server: "mx.y.example:25", Answer: "250 2.0.0 Ok: queued as 4F2"},
			`sent user=list list=staff message-id=<1@x.example> entry=/q/out/1.bak sender=<staff-bounces@x.example> recipient=<anne@y.example> server=mx.y.example:25 answer="250 2.0.0 Ok: queued as 4F2"`,
			`"event":"sent","entry":"/q/out/1.bak","list":"staff","message_id":"<1@x.example>","sender":"staff-bounces@x.example","recipient":"anne@y.example","server":"mx.y.example:25","answer":"250 2.0.0 Ok: queued as 4F2"`,
		},
		"from nobody": {
			Delivery{Fate: WasPutOff, Entry: "/q/1.bak", Recipient: "a@x"},
			`deferred user=list entry=/q/1.bak sender=<> recipient=<a@x>`, `"event":"deferred","entry":"/q/1.bak","sender":"","recipient":"a@x"`,
		},
		"like another field": {
			Delivery{Fate: WasRefused, Entry: "/q/1.bak", Sender: "a b\n@x", Recipient: `"x> to=<y"@x`, Answer: "550 \x1b[2J\r\n250 ok"},
			`refused user=list entry=/q/1.bak sender="<a b\n@x>" recipient="<\"x> to=<y\"@x>" answer="550 \x1b[2J\r\n250 ok"`,
			`"event":"refused","entry":"/q/1.bak","sender":"a b\n@x","recipient":"\"x> to=<y\"@x","answer":"550 \u001b[2J\r\n250 ok"`,
		},
		"long": {
			Delivery{Fate: WasSent, Entry: "/q/1.bak", Sender: strings.Repeat("a", 300), Recipient: strings.Repeat("b", 300), Answer: strings.Repeat("c", 300)},
			`sent user=list entry=/q/1.bak sender=<` + strings.Repeat("a", 256) + `...> recipient=<` + strings.Repeat("b", 256) + `...> answer=` + strings.Repeat("c", 256) + `...`,
			`"event":"sent","entry":"/q/1.bak","sender":"` + strings.Repeat("a", 256) + `...","recipient":"` + strings.Repeat("b", 256) + `...","answer":"` + strings.Repeat("c", 256) + `..."`,
		},
	} {
		l := line{command: "qdeliver", user: "list", pid: 4711}
		if got, want := string(l.appendDelivery(nil, noon, test.delivery)), "2026-11-29T12:00:00Z qdeliver[4711]: "+test.text; got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
		l.json = true
		got := string(l.appendDelivery(nil, noon, test.delivery))
		want := `{"time":"2026-11-29T12:00:00Z","time_unix":1795953600.25,"command":"qdeliver","pid":4711,"user":"list",` + test.json + `}`
		if got != want || !json.Valid([]byte(got)) {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
}

// TestSeveralGoroutines checks that the lines of several goroutines do not mix.
func TestSeveralGoroutines(t *testing.T) {
	t.Parallel()
	path := filepath.Join(private(t), "log")
	j := New(Options{Path: path, Command: "qdeliver"})
	var all sync.WaitGroup
	const each = 200
	for range 4 {
		all.Go(func() {
			for range each {
				if err := j.LogDelivery(Delivery{Fate: WasSent, Entry: "/q/1.bak", Recipient: "a@x"}); err != nil {
					t.Error(err)
				}
				if err := j.Log(event("1")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	must(t, j.Close())
	text, err := os.ReadFile(path)
	must(t, err)
	for line := range strings.Lines(string(text)) {
		if !strings.HasSuffix(line, " from=/q/1\n") && !strings.HasSuffix(line, " entry=/q/1.bak sender=<> recipient=<a@x>\n") {
			t.Fatalf("%q", line)
		}
	}
	if n := strings.Count(string(text), "\n"); n != 8*each {
		t.Errorf("%d lines", n)
	}
}
