package queue

import (
	"errors"
	"io"
	"iter"
	"strings"
	"syscall"
	"testing"

	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// first claims the first entry. It returns io.EOF if there is none.
func first(claims iter.Seq2[*Claim, error]) (*Claim, error) {
	for c, err := range claims {
		return c, err
	}
	return nil, io.EOF
}

// passedOver says whether qdequeue goes on after an error without failing, because nobody
// can claim the entry now.
func passedOver(err error) bool {
	failed, ok := errors.AsType[*ClaimError](err)
	return ok && (failed.Locked || failed.Preserved != "" || errors.Is(err, ErrConflict) || errors.Is(err, ErrStray))
}

// pull returns a function that claims one entry at a time and returns io.EOF after the
// last.
func pull(t interface{ Cleanup(func()) }, claims iter.Seq2[*Claim, error]) func() (*Claim, error) {
	next, stop := iter.Pull2(claims)
	t.Cleanup(stop)
	return func() (*Claim, error) {
		c, err, ok := next()
		if !ok {
			return nil, io.EOF
		}
		return c, err
	}
}

// take claims entries until none is left. It returns their numbers as letters, with "!"
// after those that could not be claimed.
func take(t *testing.T, claims iter.Seq2[*Claim, error]) string {
	t.Helper()
	return passThrough(t, claims, (*Claim).Close)
}

// passThrough is like take, but ends each claim with end.
func passThrough(t *testing.T, pass iter.Seq2[*Claim, error], end func(*Claim) error) string {
	t.Helper()
	var order strings.Builder
	for c, err := range pass {
		var id ID
		if failed, ok := errors.AsType[*ClaimError](err); ok {
			id = failed.ID
		} else {
			must(t, err)
			id = c.ID
		}
		n := 0
		for ; n < 32 && id != testID(n); n++ {
		}
		order.WriteString(string(rune('a' + n)))
		if err != nil {
			order.WriteString("!")
			continue
		}
		must(t, end(c))
	}
	return order.String()
}

// TestCrowded checks what happens to an entry if no more files can be open. The entry
// comes again after a claim was closed. A pass that is to skip the entry by then goes on
// with the next one.
func TestCrowded(t *testing.T) {
	t.Parallel()
	for _, skips := range []bool{false, true} {
		w := deepWorld(3)
		d, err := w.open("/q/in", Options{})
		must(t, err)
		full := true
		w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
			if c.Op == "open" && full && c.Object == ready.path(testID(1)) {
				return fakedisk.Verdict{Err: syscall.EMFILE}
			}
			return fakedisk.Verdict{}
		}
		skip := func(id ID) bool { return skips && !full && id == testID(1) }
		for what, claims := range map[string]iter.Seq2[*Claim, error]{
			"Claims": d.Claims(Slice{}, 1), "ClaimsOfAll": d.ClaimsOfAll(Slice{}), "Pass": d.Pass(Slice{}, skip),
		} {
			var (
				got  strings.Builder
				held []*Claim // a requeued entry would be the oldest again
			)
			full = true
			for c, err := range claims {
				if failed, ok := errors.AsType[*ClaimError](err); ok && failed.ID == testID(1) && Crowded(err) {
					got.WriteString("!")
					full = false
					continue
				}
				must(t, err)
				for n := range 3 {
					if c.ID == testID(n) {
						got.WriteString(string(rune('a' + n)))
					}
				}
				held = append(held, c)
				if got.Len() == 4 || got.Len() == 3 && skips && what == "Pass" {
					break
				}
			}
			for _, c := range held {
				must(t, c.Requeue())
			}
			if want := map[bool]string{false: "a!bc", true: "a!c"}[skips && what == "Pass"]; got.String() != want {
				t.Errorf("%s, skips %v: %s, want %s", what, skips, got.String(), want)
			}
		}
	}
}
