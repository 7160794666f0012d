package runner

import (
	"os"
	"path/filepath"
	"testing"

	"switchboard/test/harness"
)

// TestTwiceBesideMailman shows what happens if a runner is started twice. The real
// Mailman's second runner preserves an entry that the first has claimed and still works
// on. Our second runner is refused. The calls are those of Mailman's
// Runner._one_iteration, both with one listing.
func TestTwiceBesideMailman(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	first := harness.StartMailman3(t, root)
	if first == nil {
		t.Skip("SKIP: no Mailman 3 to compare with")
	}
	second := harness.StartMailman3(t, root)
	answer, err := first.Call("enqueue", map[string]any{
		"queue": "in", "msg": "U3ViamVjdDogeAoKYm9keQo=", "meta": map[string]any{"listid": "test.example.com"}, "plaintext": true,
	})
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Base(answer["base"].(string))
	claim := map[string]any{"queue": "in", "base": base}
	if _, err := first.Call("dequeue", claim); err != nil {
		t.Fatal(err)
	}
	claimed := filepath.Join(first.Queues, "in", base+".bak")
	if _, err := os.Stat(claimed); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Call("dequeue", claim); err == nil {
		t.Fatal("the second could claim it as well")
	}
	// The second runner takes an entry that it cannot load for a bad one.
	if _, err := second.Call("finish", map[string]any{"queue": "in", "base": base, "preserve": true}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(claimed); !os.IsNotExist(err) {
		t.Errorf("the real Mailman no longer takes the winner's file: %v", err)
	}
	if _, err := os.Stat(filepath.Join(first.Queues, "bad", base+".psv")); err != nil {
		t.Errorf("it is not in the bad queue: %v", err)
	}

	// The same with our runner.
	s := newSite(t)
	s.put("in", 1, ".pck", plain(1))
	p := s.start("qrun", "in", "sh", "-c", `touch $out/begun; while ! test -e $out/go; do sleep 0.01; done; `+shell)
	s.eventually("the command", func() bool { return s.exists("begun") })
	for range 3 {
		s.want(s.run("qrun", "in", "sh", "-c", shell), 75)
	}
	s.holds("in", 0, 1, 0)
	s.release()
	s.want(p.wait(), 0)
	if got := s.log("runs"); len(got) != 1 || got[0] != harness.Base(1) {
		t.Errorf("handled %q", got)
	}
	s.holds("bad", 0, 0, 0)
}
