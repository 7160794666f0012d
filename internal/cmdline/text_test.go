package cmdline

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"
	"unicode"
	"unicode/utf8"

	"switchboard/pkg/queue"
	"switchboard/pkg/site"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	at := func(err error) error { return &queue.Error{Path: "x", Err: err} }
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0}, {at(queue.ErrState), 1}, {Usagef("x"), 64}, {at(queue.ErrMalformed), 65}, {at(queue.ErrConflict), 65},
		{at(syscall.ENOENT), 66}, {at(syscall.EIO), 74}, {at(syscall.EROFS), 74}, {at(syscall.ENOSPC), 75}, {at(syscall.EDQUOT), 75},
		{at(syscall.EMFILE), 75}, {at(queue.ErrBusy), 75}, {at(site.ErrRunning), 75}, {at(syscall.EACCES), 77}, {fs.ErrPermission, 77},
		{outputError{syscall.ENOSPC}, 74}, {errors.New("anything"), 74}, {fmt.Errorf("wrapped: %w", at(syscall.EPERM)), 77},
	} {
		if got := Status(c.err); got != c.want {
			t.Errorf("%v: %d, not %d", c.err, got, c.want)
		}
	}
	for _, s := range severity {
		if Worse(OK, s) != s || Worse(s, OK) != s || Worse(s, s) != s {
			t.Errorf("%d is not worse than success", s)
		}
	}
	if Worse(Nothing, IOError) != IOError || Worse(TempFail, DataError) != TempFail {
		t.Error("order")
	}
}

func FuzzPrintable(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[2J", "a\nb", "\xff", "\u202e", "é", "\\", "\u0085", "\U000e0041"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Printable(s)
		if !utf8.ValidString(got) {
			t.Errorf("%q: %q is no UTF-8", s, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
				t.Errorf("%q: %q has %U", s, got, r)
			}
		}
	})
}
