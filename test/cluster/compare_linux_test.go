package cluster

import (
	"strings"
	"testing"

	"switchboard/test/harness"
)

// TestCompare checks that the comparison after the faults notices what must not happen.
func TestCompare(t *testing.T) {
	t.Parallel()
	a, b := harness.Base(1), harness.Base(2)
	claim := func(base, generation string) string { return "pg:in/" + base + ".bak@" + generation }
	for _, test := range []struct {
		name, want string
		happens    func(n *ledger)
	}{
		{"nothing", "", func(*ledger) {}},
		{"restored", "", func(n *ledger) { n.handle(claim(a, "3"), "one", 1) }},
		{"offered again without a file base", "", func(n *ledger) {
			n.offer([]string{"one"}, false)
			n.handle(claim(b, "4"), "one", 0)
		}},
		{"lost", b + " was stored and is lost", func(n *ledger) { n.store([]string{"pg:in/" + b + ".pck"}, []string{"one"}) }},
		{"other body", "was stored with the body two", func(n *ledger) {
			n.store([]string{"pg:in/" + b + ".pck"}, []string{"two"})
			n.handle(claim(b, "4"), "one", 0)
		}},
		{"damaged", "was handed out with the body half", func(n *ledger) { n.handle(claim(a, "3"), "half", 1) }},
		{"claimed twice", "without a restore between", func(n *ledger) { n.handle(claim(a, "3"), "one", 0) }},
		{"one claim, two handlers", "twice in one claim", func(n *ledger) { n.handle(claim(a, "2"), "one", 1) }},
		{"finished and claimed again", "was finished in generation 2", func(n *ledger) {
			n.finish([]string{claim(a, "2")})
			n.handle(claim(a, "3"), "one", 1)
		}},
		{"stored twice", "was offered 1 times and is in 2 entries", func(n *ledger) {
			n.offer([]string{"one"}, true)
			n.handle(claim(b, "4"), "one", 0)
		}},
	} {
		n := newLedger()
		n.offer([]string{"one"}, false)
		n.store([]string{"pg:in/" + a + ".pck"}, []string{"one"})
		n.handle(claim(a, "2"), "one", 0)
		test.happens(n)
		got := strings.Join(n.compare(), "\n")
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}
