package interop

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness/smtpd"
)

// retryTheirs goes on with what the real runner left in "retry".
func retryTheirs(m *mailman) {
	for name, verp := range map[string]bool{"plain": false, "verp": true} {
		m.Run(name, func(t *testing.T) {
			m := m.with(t)
			meta := m.toSend("a@example.com", "later.b@example.com", "c@example.com", "later.d@example.net")
			meta["verp"] = verp
			m.enqueue("out", short, false, meta)
			first := smtpd.Start(t, smtpd.Options{Script: refuse("450 4.2.0 later", "later.")})
			m.send(first, nil)
			if got := len(sent(first)); got != 2 || len(m.files(object{"queue": "retry"})) != 1 {
				t.Fatalf("%d were sent, %q wait", got, m.files(object{"queue": "retry"}))
			}
			// What it kept has what it added while sending.
			text, _ := m.get(m.path("retry", m.files(object{"queue": "retry"})[0], ".pck"))
			second := smtpd.Start(t, smtpd.Options{})
			if r := m.deliver(second, m.queue("out")); r.Status != 0 || r.Err != "" {
				t.Fatalf("qdeliver: status %d: %s", r.Status, r.Err)
			}
			m.holds("retry")
			m.holds("out")
			all := sent(second)
			if got := envelopes(all); !slices.Equal(got, left(verp)) {
				t.Errorf("%q, not %q", got, left(verp))
			}
			m.unchanged([][]byte{text}, all)
		})
	}
}

// left is who has to get the message in the end.
func left(verp bool) []string {
	if verp {
		return []string{
			"test-bounces+later.b=example.com@" + domain + " to later.b@example.com",
			"test-bounces+later.d=example.net@" + domain + " to later.d@example.net",
		}
	}
	return []string{bounces + " to later.b@example.com", bounces + " to later.d@example.net"}
}

// retryOurs lets the real runners go on with what our command left in "retry".
func retryOurs(m *mailman) {
	for name, verp := range map[string]bool{"plain": false, "verp": true} {
		m.Run(name, func(t *testing.T) {
			m := m.with(t)
			meta := m.toSend("a@example.com", "later.b@example.com", "c@example.com", "later.d@example.net")
			meta["verp"] = verp
			m.enqueue("out", short, false, meta)
			first := smtpd.Start(t, smtpd.Options{Script: refuse("450 4.2.0 later", "later.")})
			if r := m.deliver(first, m.queue("out")); r.Status != 75 {
				t.Fatalf("qdeliver: status %d: %s", r.Status, r.Err)
			}
			if got := len(sent(first)); got != 2 {
				t.Fatalf("%d were sent", got)
			}
			m.holds("out")
			waiting := m.files(object{"queue": "retry"})
			if len(waiting) != 1 {
				t.Fatalf("%q wait", waiting)
			}
			_, kept := m.get(m.path("retry", waiting[0], ".pck"))
			m.waits(kept, 2)
			second := smtpd.Start(t, smtpd.Options{})
			m.call("retry", nil)
			m.send(second, nil)
			m.holds("retry")
			m.holds("out")
			if got := envelopes(sent(second)); !slices.Equal(got, left(verp)) {
				t.Errorf("%q, not %q", got, left(verp))
			}
		})
	}
}

// waits checks the metadata of an entry in "retry": it is as Mailman writes it.
func (m *mailman) waits(meta object, count int) {
	m.Helper()
	key := map[string]string{"mailman2": "recips", "mailman3": "recipients"}[m.format]
	if to, _ := meta[key].([]any); len(to) != count || number(meta["last_recip_count"]) != count {
		m.Errorf("%s: %v, last_recip_count: %v", key, meta[key], meta["last_recip_count"])
	}
	if m.format == "mailman3" && meta["deliver_until_unix"] == nil || meta["deliver_until"] == nil {
		m.Errorf("deliver_until: %v", meta["deliver_until"])
	}
	for key, value := range meta {
		// Mailman removes keys with an underscore. Of our own, those must not count any more.
		if strings.HasPrefix(key, "_switchboard_") && value != nil {
			m.Errorf("%s: %v", key, value)
		}
	}
}

// sendAfterCrash goes on after the real runner died between two transactions: it has
// written who is left in groups.
func sendAfterCrash(m *mailman) {
	if m.format == "mailman3" {
		return // it does not keep a record
	}
	for name, meta := range map[string]object{"groups": {}, "verp": {"verp": 1}} {
		m.Run(name, func(t *testing.T) {
			m := m.with(t)
			m.change(object{"personalize": 0}, object{"SMTP_MAX_RCPTS": 2})
			defer m.change(nil, object{"SMTP_MAX_RCPTS": 500})
			maps.Copy(meta, m.toSend("a@example.com", "b@example.com", "c@example.com", "d@example.com", "e@example.com"))
			m.enqueue("out", short, false, meta)
			first := smtpd.Start(t, smtpd.Options{})
			m.send(first, object{"crash": 3})
			m.call("unshunt", nil)
			before := sent(first)
			after := m.compare(comparison{})
			if len(before) == 0 || len(after) == 0 || len(before)+len(after) != 5 {
				t.Errorf("%q before, %q after", envelopes(before), envelopes(after))
			}
		})
	}
}
