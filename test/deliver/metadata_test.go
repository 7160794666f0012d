package deliver

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/test/harness/smtpd"
)

// TestEnvelopes checks what the server gets as the envelope, for metadata as Mailman writes it.
func TestEnvelopes(t *testing.T) {
	t.Parallel()
	item := func(key string, value any) message.Item { return message.Item{Key: key, Value: value} }
	two, three := message.Mailman2, message.Mailman3
	for _, c := range []struct {
		name  string
		d     message.Dialect
		items []message.Item
		// want has a sender and the recipients of each transaction.
		want [][]string
	}{
		{"list", two, []message.Item{item("listname", "staff"), item("recips", list([]string{"a@x", "b@x"}))},
			[][]string{{"staff-bounces@" + domain, "a@x", "b@x"}}},
		{"list", three, []message.Item{item("listid", "staff.lists.example.org"), item("recipients", list([]string{"a@x", "b@x"}))},
			[][]string{{"staff-bounces@lists.example.org", "a@x", "b@x"}}},
		{"null sender", two, []message.Item{item("envsender", ""), item("recips", list([]string{"a@x"}))}, [][]string{{"", "a@x"}}},
		{"null sender", three, []message.Item{item("sender", ""), item("recipients", list([]string{"a@x"}))}, [][]string{{"", "a@x"}}},
		{"own sender", two, []message.Item{item("envsender", "me@y"), item("recips", list([]string{"a@x"}))}, [][]string{{"me@y", "a@x"}}},
		{"VERP", two, []message.Item{item("listname", "staff"), item("verp", true), item("recips", list([]string{"a@x.example", "b@y.example"}))},
			[][]string{{"staff-bounces+a=x.example@" + domain, "a@x.example"}, {"staff-bounces+b=y.example@" + domain, "b@y.example"}}},
		{"VERP", three, []message.Item{item("listid", "staff.z.example"), item("verp", true), item("recipients", list([]string{"a@x.example", "b@y.example"}))},
			[][]string{{"staff-bounces+a=x.example@z.example", "a@x.example"}, {"staff-bounces+b=y.example@z.example", "b@y.example"}}},
		{"twice the same", two, []message.Item{item("envsender", ""), item("recips", list([]string{"a@x", "b@x", "a@x"}))}, [][]string{{"", "a@x", "b@x"}}},
		{"groups of undelivered", two, []message.Item{item("envsender", ""), item("recips", list([]string{"a@x", "b@x", "c@x", "d@x"})),
			item("undelivered", []any{list([]string{"d@x"}), list([]string{"b@x"})})}, [][]string{{"", "b@x", "d@x"}}},
	} {
		t.Run(fmt.Sprintf("%v %s", c.d, c.name), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, smtpd.Options{})
			s.putWith(c.d, body, c.items...)
			if r := s.send(); r.Status != 0 {
				t.Errorf("%+v", r)
			}
			var got []string
			for _, m := range s.server.Mails() {
				slices.Sort(m.To)
				got = append(got, m.From+" > "+strings.Join(m.To, " "))
			}
			var want []string
			for _, w := range c.want {
				want = append(want, w[0]+" > "+strings.Join(w[1:], " "))
			}
			s.same("transactions", got, want)
			s.intact(body)
		})
	}
}

// TestRetry follows an entry that is put off, until it is given up: it is sent again only to those
// who wait, and goes to shunt with them at the end.
func TestRetry(t *testing.T) {
	t.Parallel()
	for _, d := range []message.Dialect{message.Mailman2, message.Mailman3} {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, smtpd.Options{})
			key, other := "recips", "recipients"
			if d == message.Mailman3 {
				key, other = other, key
			}
			to := []string{"a@x.example", "450.b@x.example", "450.c@x.example"}
			s.putWith(d, body, message.Item{Key: key, Value: list(to)}, message.Item{Key: "mine", Value: "kept"})
			begin := time.Now()
			s.send()
			s.same("got it", s.got(), to[:1])
			s.same("retry", s.waiting("retry", body), to[1:])
			all := s.holds("retry")
			if len(all) != 1 {
				t.Fatalf("%d entries", len(all))
			}
			e := all[0]
			s.asMailman("retry", e)
			if e.Metadata["mine"] != "kept" || e.Metadata[other] != nil {
				t.Errorf("metadata: %v", e.Metadata)
			}
			until, ok := e.Metadata["deliver_until"].(float64)
			if d == message.Mailman3 {
				until, ok = e.Metadata["deliver_until_unix"].(float64)
			}
			if days := time.Unix(int64(until), 0).Sub(begin).Hours() / 24; !ok || days < 4.99 || days > 5.01 {
				t.Errorf("deliver_until is %v", e.Metadata["deliver_until"])
			}

			// Mailman, too, tries again at once if somebody got the message. This run makes no
			// progress, so the next one has to wait for an hour.
			s.send()
			s.same("got it", s.got(), to[:1])
			s.same("retry", s.waiting("retry", body), to[1:])
			tries := s.server.Steps("RCPT 450")
			if tries != 4 {
				t.Errorf("%d tries", tries)
			}
			s.send()
			if s.server.Steps("RCPT 450") != tries {
				t.Error("sent before it was due")
			}
		})
	}
}

// TestGiveUp has recipients that are put off for too long: they go to shunt, but not before a try.
func TestGiveUp(t *testing.T) {
	t.Parallel()
	for _, d := range []message.Dialect{message.Mailman2, message.Mailman3} {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, smtpd.Options{})
			key := map[message.Dialect]string{message.Mailman2: "recips", message.Mailman3: "recipients"}[d]
			to := []string{"a@x.example", "450.b@x.example", "450.c@x.example", "550.d@x.example"}
			s.putWith(d, body, message.Item{Key: key, Value: list(to)})
			s.send("--give-up", "1s")
			s.same("retry", s.waiting("retry", body), to[1:3])
			s.same("shunt", s.waiting("shunt", body), to[3:])
			time.Sleep(1100 * time.Millisecond)
			r := s.again("--give-up", "1s")
			s.same("got it", s.got(), to[:1])
			s.same("retry", s.waiting("retry", body), nil)
			s.same("shunt", s.waiting("shunt", body), to[1:])
			gaveUp := 0
			for _, e := range s.holds("shunt") {
				s.asMailman("shunt", e)
				if e.Metadata["switchboard_gave_up"] == true {
					gaveUp++
				}
			}
			if gaveUp != 1 || r.Status != 69 || s.server.Steps("RCPT 450") != 4 {
				t.Errorf("%d given up, %d tries, %+v", gaveUp, s.server.Steps("RCPT 450"), r)
			}
		})
	}
}

// TestBounce checks that --bounce sends a notice to the envelope sender of a refused message, and
// to nobody for a null sender.
func TestBounce(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"anne@example.org", ""} {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, smtpd.Options{})
			s.putWith(message.Mailman2, body, message.Item{Key: "recips", Value: list([]string{"a@x.example", "550.b@x.example", "550.c@x.example"})},
				message.Item{Key: "envsender", Value: from})
			r := s.send("--bounce")
			for range 2 { // the notice may come into the queue after the last look
				s.send("--bounce")
			}
			s.same("shunt", s.waiting("shunt", body), []string{"550.b@x.example", "550.c@x.example"})
			var notices []smtpd.Mail
			for _, m := range s.server.Mails() {
				if m.Text() != body {
					notices = append(notices, m)
				}
			}
			if from == "" {
				if len(notices) > 0 {
					t.Errorf("a notice to nobody: %+v", notices)
				}
				return
			}
			if len(notices) != 1 {
				t.Fatalf("%d notices, %+v", len(notices), r)
			}
			n := notices[0]
			if n.From != "" || !slices.Equal(n.To, []string{from}) {
				t.Errorf("from %q to %q", n.From, n.To)
			}
			for _, want := range []string{"multipart/report", "message/delivery-status", "Final-Recipient: rfc822; 550.b@x.example",
				"Final-Recipient: rfc822; 550.c@x.example", "Action: failed", "Status: 5.", "Subject: The roof leaks"} {
				if !strings.Contains(n.Text(), want) {
					t.Errorf("the notice has no %q:\n%s", want, n.Text())
				}
			}
			if c := s.server.Complaints(); c != nil {
				t.Errorf("the server complains: %q", c)
			}
		})
	}
}
