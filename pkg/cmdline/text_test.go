package cmdline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
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

func FuzzPrintableJSON(f *testing.F) {
	for _, s := range []string{"plain", "a\u009b31m", "\u202eé", "\\", "\U000e0041", "\x7f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		got := PrintableJSON(line)
		for _, r := range string(got) {
			if r >= 0x7f && !unicode.IsGraphic(r) {
				t.Errorf("%q: %q has %U", s, got, r)
			}
		}
		var before, after string
		if json.Unmarshal(line, &before) != nil || json.Unmarshal(got, &after) != nil || before != after {
			t.Errorf("%s became %s", line, got)
		}
	})
}

func FuzzJSONText(f *testing.F) {
	f.Add([]byte("a\"b\\c\n\x00\x7f\u2028é"), 3)
	f.Fuzz(func(t *testing.T, text []byte, at int) {
		at = min(max(at, 0), len(text))
		var check utf8Check
		var out bytes.Buffer
		w := &jsonText{w: &out}
		out.WriteByte('"')
		for _, part := range [][]byte{text[:at], text[at:]} {
			check.Write(part)
			w.Write(part)
		}
		out.WriteByte('"')
		if whole := !check.bad && check.n == 0; whole != utf8.Valid(text) {
			t.Fatalf("%q: valid %v", text, whole)
		} else if !whole {
			return
		}
		var back string
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || back != string(text) || strings.Contains(out.String(), "\n") {
			t.Errorf("%q: %s, %v", text, out.String(), err)
		}
	})
}
