package kill

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// TestMaildirOrder checks the order of the calls that deliver to a Maildir. A power cut must
// not leave a name without its content, nor take away a path that was printed.
func TestMaildirOrder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := &scenario{name: "maildir", command: "qcat", args: toMaildir, exports: true, mails: these(moves(ready), moves(ready)), lines: 2}
	w := b.world(t, s)
	defer w.remove()
	r, calls := w.run(t, s, s.args(w), func(*call) verdict { return verdict{} })
	if r.Status != 0 {
		t.Fatalf("status %d: %s", r.Status, r.Err)
	}
	at := func(from int, prefix, suffix string) int {
		i := slices.IndexFunc(calls[from:], func(call string) bool {
			return strings.HasPrefix(call, prefix) && strings.HasSuffix(call, suffix)
		})
		if i < 0 {
			t.Fatalf("no %q %q from call %d of\n%s", prefix, suffix, from, strings.Join(calls, "\n"))
		}
		return from + i
	}
	last := at(0, "fsync "+w.box(), "") // its own names
	at(last, "fsync "+w.root, w.root)   // its own name
	for i := range w.mails {
		link := at(0, "linkat ", " -> "+filepath.Join(w.box(), "new", harness.Base(i)))
		tmp, _, _ := strings.Cut(strings.TrimPrefix(calls[link], "linkat "), " -> ")
		if sync := at(0, "fsync "+tmp, tmp); sync > link {
			t.Errorf("message %d has its name before its content is durable:\n%s", i, strings.Join(calls, "\n"))
		}
		last = max(last, link)
	}
	at(at(last, "fsync "+filepath.Join(w.box(), "new"), "new"), "write stdout", "")
}
