package runner_test

import (
	"testing"
	"time"

	"switchboard/pkg/queue"
)

func TestTimeout(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, shell string }{
		{"hangs", `echo x >>$out/runs; exec sleep 1000`},
		{"ignores SIGTERM", `trap '' TERM; echo x >>$out/runs; sleep 1000; sleep 1000`},
		{"in children", `echo x >>$out/runs; sleep 1000 & sleep 1000 & wait`},
		// An exit status of 0 after SIGTERM does not prove that the message was handled.
		{"exits 0 when told to end", `trap 'exit 0' TERM; echo x >>$out/runs; sleep 1000 & wait`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			id := s.add(mail)[0]
			o := s.options(test.shell)
			o.Timeout, o.Grace, o.MaxRestores = 300*time.Millisecond, 300*time.Millisecond, 2
			if _, err := s.run(o); err != nil {
				t.Fatal(err)
			}
			if got, want := s.kinds(), "restored preserved"; got != want {
				t.Errorf("outcomes %q, want %q", got, want)
			}
			if !s.outcomes[0].Exit.TimedOut {
				t.Error("TimedOut is not set")
			}
			s.has("bad", id.Name(queue.Preserved))
		})
	}
}

func TestTimeoutIsNotReached(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(mail)
	o := s.options(`sleep 0.1`)
	o.Timeout = time.Minute
	if _, err := s.run(o); err != nil || s.kinds() != "finished" {
		t.Errorf("%v, outcomes %q", err, s.kinds())
	}
	if o := s.outcomes[0]; o.Elapsed < 100*time.Millisecond {
		t.Errorf("Elapsed is %v, want at least 100ms", o.Elapsed)
	}
}
