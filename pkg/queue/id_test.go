package queue

import (
	"cmp"
	"crypto/sha1"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawID draws the name of an entry as NewID makes it.
func drawID(t *rapid.T) ID {
	seconds := rapid.Float64Range(-maxTime/2, maxTime/2).Draw(t, "time")
	if rapid.Bool().Draw(t, "usual") {
		seconds = float64(rapid.Int64Range(1.6e15, 1.8e15).Draw(t, "microseconds")) / 1e6
	}
	return NewID(seconds, sha1.Sum(rapid.SliceOf(rapid.Byte()).Draw(t, "digested")))
}

func TestIDRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := drawID(t)
		back, err := ParseID(id.String())
		must(t, err)
		if back != id {
			t.Fatalf("%#v became %#v", id, back)
		}
		for _, s := range []State{Ready, InFlight, Preserved, Temporary} {
			if split, state := SplitName(id.Name(s)); split != id || state != s {
				t.Fatalf("%s is %v, %v", id.Name(s), split, state)
			}
		}
	})
}

// TestCompare checks that entries are ordered by the time as a number and then by the
// digest, not by their names as text.
func TestCompare(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawID(t), drawID(t), drawID(t)
		if rapid.Bool().Draw(t, "one time") {
			b = NewID(a.Seconds(), b.Digest())
		}
		want := cmp.Compare(a.Seconds(), b.Seconds())
		if want == 0 {
			want = strings.Compare(fmt.Sprintf("%x", a.Digest()), fmt.Sprintf("%x", b.Digest()))
		}
		if got := a.Compare(b); got != want || b.Compare(a) != -want {
			t.Fatalf("%s and %s compare as %d", a, b, got)
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Fatalf("%s, %s, %s have no order", a, b, c)
		}
	})
	for _, pair := range [][2]string{{"9.5", "10.0"}, {"999999999.9", "1000000000.0"}, {"-5.5", "0.0"}, {"1e-05", "0.0001"}} {
		a, b := parse(t, pair[0]), parse(t, pair[1])
		if a.Compare(b) >= 0 {
			t.Errorf("%s is not before %s", a, b)
		}
	}
}

// parse returns an ID whose time is written as seconds.
func parse(t *testing.T, seconds string) ID {
	t.Helper()
	id, err := ParseID(seconds + "+" + strings.Repeat("0", 40))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestReceived(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1700000000.25": "2023-11-14T22:13:20.25Z",
		"1700000000":    "2023-11-14T22:13:20Z",
		"1.7e9":         "2023-11-14T22:13:20Z",
		"-5.5":          "1969-12-31T23:59:54.5Z",
		"0.0":           "1970-01-01T00:00:00Z",
	} {
		if got := parse(t, text).Received().Format("2006-01-02T15:04:05.999999999Z07:00"); got != want {
			t.Errorf("%s is %s, not %s", text, got, want)
		}
	}
}
