package runner

import (
	"regexp"
	"testing"
)

// TestProgressOfOne checks that work shows that it goes on, even if it counts nothing for long.
func TestProgressOfOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.terminal(false, `(printf 'Subject: x\n\n'; until test -e $out/go; do sleep 0.05; done) | qenqueue in`)
	p.types("qenqueue: 0 stored", "")
	s.release()
	p.ends(0)
	want := regexp.MustCompile(`^(\rqenqueue: [01] stored\x1b\[K)+\r\x1b\[Kin/\S+\.pck\r\n$`)
	s.eventually("the path", func() bool { return want.MatchString(p.shows()) })
}
