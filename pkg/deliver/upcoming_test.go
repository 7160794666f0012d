package deliver

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/deliver/internal/client"
	"switchboard/pkg/message"
	"switchboard/pkg/runner"
	"switchboard/test/harness/smtpd"
)

// claimed waits until n entries are in flight.
func (q *queues) claimed(n int) {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		names, err := filepath.Glob(filepath.Join(q.root, "out", "*.bak"))
		if err != nil || time.Now().After(deadline) {
			q.Errorf("not %d entries are in flight: %q, %v", n, names, err)
			return
		}
		if len(names) >= n {
			return
		}
	}
}

// TestUpcoming checks which mails are announced before they are sent: those that are the next
// ones of their connection, if nothing about their entries has to be looked at first.
func TestUpcoming(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		// third are the recipients of the third of four entries, with more metadata.
		third []string
		more  []message.Item
		// want are the recipients of each mail, and after > those of the one that is announced.
		want string
	}{
		"simple":    {[]string{"c@x"}, nil, "a@x>, b@x>c@x, c@x>d@x, d@x>"},
		"two":       {[]string{"c@x", "cc@x"}, nil, "a@x>, b@x>c@x cc@x, c@x cc@x>d@x, d@x>"},
		"refused":   {[]string{"550.c@x"}, nil, "a@x>, b@x>550.c@x, 550.c@x>d@x, d@x>"},
		"each":      {[]string{"c@x", "cc@x"}, []message.Item{{Key: "verp", Value: true}}, "a@x>, b@x>c@x, c@x>, cc@x>d@x, d@x>"},
		"nobody":    {[]string{}, nil, "a@x>, b@x>, d@x>"},
		"not due":   {[]string{"c@x"}, []message.Item{{Key: "deliver_after", Value: 1_700_000_001.0}}, "a@x>, b@x>, d@x>"},
		"malformed": {[]string{"c@x"}, []message.Item{{Key: "last_recip_count", Value: "x"}}, "a@x>, b@x>, d@x>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := newQueues(t, smtpd.Options{})
			q.put([]string{"a@x"})
			q.put([]string{"b@x"})
			q.put(c.third, c.more...)
			q.put([]string{"d@x"})
			d := New(q.options)
			defer d.Close()
			d.now = func() time.Time { return q.now }
			var said []string
			r := &relay{answer: func(m client.Mail) ([]client.Answer, error) {
				switch {
				case m.To[0] == "a@x", m.To[0] == "b@x":
					q.claimed(3)
				case m.To[0] != "d@x":
					q.claimed(2)
				}
				next := ""
				if m.Next != nil {
					next = strings.Join(m.Next.To, " ")
				}
				said = append(said, strings.Join(m.To, " ")+">"+next)
				answers := make([]client.Answer, len(m.To))
				for i, to := range m.To {
					if answers[i] = yes; strings.HasPrefix(to, "550") {
						answers[i] = never
					}
				}
				return answers, nil
			}}
			d.connections.dial = r.dial
			_, err := runner.Run(context.Background(), q.out, runner.Options{
				Jobs: 1, MaxRestores: 3, Handler: d.Handle,
				Outcome: func(runner.Outcome) error { return nil }, Report: q.options.Report,
			})
			must(t, err)
			if got := strings.Join(said, ", "); got != c.want {
				t.Errorf("sent %s\nwant %s", got, c.want)
			}
			if r.dialed != 1 {
				t.Errorf("%d connections", r.dialed)
			}
		})
	}
}
