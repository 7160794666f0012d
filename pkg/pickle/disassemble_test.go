package pickle

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestDisassemble(t *testing.T) {
	t.Parallel()
	in := "xx\x80\x02}q\x01(U\x05a\x1b\"\n\xffK\x03I01\nJ\xff\xff\xff\xffcos\nsys\x07tem\nV" + strings.Repeat("ab", 50) + "\nG\x41\xd9\x54\xfc\x8b\x20\x00\x00\x8a\x02\x00\x80\x95\x01\x00\x00\x00\x00\x00\x00\x00u.tail"
	want := `        2  PROTO            2
        4  EMPTY_DICT
        5  BINPUT           1
        7  MARK
        8  SHORT_BINSTRING  "a\x1b\"\n\xff"
       15  BININT1          3
       17  INT              "01"
       21  BININT           -1
       26  GLOBAL           "os" "sys\atem"
       38  UNICODE          "` + strings.Repeat("ab", 30) + `"... (100 bytes)
      140  BINFLOAT         1700000300.5
      149  LONG1            -32768
      153  FRAME            1
      162  SETITEMS
      163  STOP
`
	var b strings.Builder
	end, err := Disassemble(&b, strings.NewReader(in), int64(len(in)), 2)
	if err != nil || end != int64(len(in)-len("tail")) {
		t.Errorf("ends at %d, %v", end, err)
	}
	if b.String() != want {
		t.Errorf("%s\nwant\n%s", b.String(), want)
	}
}

// TestDisassembleBroken checks that a broken pickle is shown up to where it breaks.
func TestDisassembleBroken(t *testing.T) {
	t.Parallel()
	for in, lines := range map[string]int{
		"":                      0,
		"NN":                    2,
		"N\xfe.":                1,
		"NX\xff\x00\x00\x00a":   1,
		"N\x8b\xff\xff\xff\xff": 1,
		"NS'abc":                1,
	} {
		var b strings.Builder
		end, err := Disassemble(&b, strings.NewReader(in), int64(len(in)), 0)
		if !errors.Is(err, ErrMalformed) || strings.Count(b.String(), "\n") != lines || end != int64(lines) {
			t.Errorf("%q: to %d, %v\n%s", in, end, err, b.String())
		}
	}
	// Loaders refuse this, but it has opcodes.
	for _, in := range []string{".", "P1\n.", "\x82\x01.", "h\x01.", "S'\\x'\n.", "X\x01\x00\x00\x00\xff."} {
		if end, err := Disassemble(io.Discard, strings.NewReader(in), int64(len(in)), 0); err != nil || end != int64(len(in)) {
			t.Errorf("%q: to %d, %v", in, end, err)
		}
	}
	if _, err := Disassemble(failWriter{}, strings.NewReader("N."), 2, 0); err != io.ErrClosedPipe {
		t.Errorf("%v, want the writer's error", err)
	}
}

type failWriter struct{}

func (failWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
