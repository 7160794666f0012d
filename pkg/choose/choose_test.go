package choose

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// entry returns the content of a queue file, as Mailman 2.1 writes one.
func entry(text string, metadata string) []byte {
	var b bytes.Buffer
	b.WriteString("T")
	n := len(text)
	b.Write([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
	b.WriteString(text + ".(dS'version'\nI3\nsS'_parsemsg'\nI01\nsS'listname'\nS'Staff'\ns" + metadata + ".")
	return b.Bytes()
}

// contentOf returns the content of such a file.
func contentOf(t *testing.T, text, metadata string) *message.Content {
	t.Helper()
	file := entry(text, metadata)
	c, err := message.Read(bytes.NewReader(file), int64(len(file)))
	must(t, err)
	t.Cleanup(c.Release)
	return c
}

const mail = "From: Anne <anne@example.com>\nSender: list@example.org\nTo: b@example.net, C <c@example.net>\n" +
	"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= to\n all\nMessage-ID: <1@example.com>\n\nFrom: body@example.com\n"

// TestContent checks each condition alone.
func TestContent(t *testing.T) {
	t.Parallel()
	c := contentOf(t, mail, "S'_bak_count'\nI2\nsS'whichq'\nS'/q/in'\nsS'envsender'\nS'bounce@example.org'\nsS'recips'\n(lS'r@example.edu'\nas")
	p := func(text string) *regexp.Regexp {
		re, err := ParsePattern(text)
		must(t, err)
		return re
	}
	for _, test := range []struct {
		name   string
		choice Choice
		want   bool
	}{
		{"nothing asked", Choice{}, true},
		{"list", Choice{List: "staff"}, true},
		{"a part of the list", Choice{List: "staf"}, false},
		{"restores", Choice{Restores: 2}, true},
		{"more restores", Choice{Restores: 3}, false},
		{"from", Choice{Sender: p(`^anne@`)}, true},
		{"the name, not the address", Choice{Sender: p(`Anne <`)}, false},
		{"sender", Choice{Sender: p(`^list@example\.org$`)}, true},
		{"envelope sender", Choice{Sender: p(`^BOUNCE@`)}, true},
		{"in the body", Choice{Sender: p(`^body@`)}, false},
		{"to", Choice{Recipient: p(`^b@`)}, true},
		{"the second one", Choice{Recipient: p(`^c@example\.net$`)}, true},
		{"envelope recipient", Choice{Recipient: p(`edu$`)}, true},
		{"no recipient", Choice{Recipient: p(`anne`)}, false},
		{"decoded subject", Choice{Subject: p(`grüße to all`)}, true},
		{"not the encoded one", Choice{Subject: p(`=\?utf-8`)}, false},
		{"message-id", Choice{MessageID: p(`<1@`)}, true},
		{"origin", Choice{Origin: p(`/in$`)}, true},
		{"another origin", Choice{Origin: p(`/out$`)}, false},
		{"two conditions", Choice{List: "staff", Subject: p("all$")}, true},
		{"one of two", Choice{List: "staff", Subject: p("none")}, false},
	} {
		if got := test.choice.Content(c); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
		if test.choice.Restricts() == (test.name == "nothing asked") {
			t.Errorf("%s: restricts: %v", test.name, test.choice.Restricts())
		}
	}
}

// TestOddHeader checks that a header of 10 MB, and one with NUL, do no harm. If the work grew
// with the square of the length, the test would never end.
func TestOddHeader(t *testing.T) {
	t.Parallel()
	re, err := ParsePattern(`(a+)+$`)
	must(t, err)
	long := contentOf(t, "Subject: "+strings.Repeat("a", 10<<20)+"!\nTo: "+strings.Repeat("x,", 5<<20)+"\n\n", "")
	odd := contentOf(t, "From: a\x00b@example.com\nSubject: a\x00b\n\n", "")
	for _, c := range []*message.Content{long, odd} {
		choice := Choice{Subject: re, Recipient: re, Sender: re}
		choice.Content(c)
	}
	re, err = ParsePattern(`^a\x00b$`)
	must(t, err)
	if choice := (Choice{Subject: re}); !choice.Content(odd) {
		t.Error("NUL is not found")
	}
}

// newQueue makes a queue with two ready entries, one preserved, and one that cannot be read.
func newQueue(t *testing.T) queue.Queue {
	t.Helper()
	d, err := queue.Create(filepath.Join(t.TempDir(), "in"), queue.Options{})
	must(t, err)
	t.Cleanup(func() { d.Close() })
	for name, content := range map[string][]byte{
		id(1).Name(queue.Ready):     entry(mail, ""),
		id(2).Name(queue.Ready):     entry(mail+strings.Repeat("x", 5000), "S'_bak_count'\nI1\ns"),
		id(3).Name(queue.Preserved): entry(mail, ""),
		id(4).Name(queue.Ready):     []byte("not two pickles"),
	} {
		must(t, os.WriteFile(d.Join(name), content, 0o660))
	}
	return d
}

// id returns the file base of an entry that was received n hours after a certain time.
func id(n int) queue.ID {
	return queue.NewID(1_700_000_000+float64(n)*3600, [20]byte{byte(n) << 6})
}

func TestEach(t *testing.T) {
	t.Parallel()
	ready, any := []queue.State{queue.Ready}, []queue.State{queue.Ready, queue.Preserved}
	size := func(n int64) *int64 { return &n }
	for _, test := range []struct {
		name   string
		choice Choice
		want   []int
		failed int
	}{
		{"all", Choice{States: ready}, []int{1, 2, 4}, 0},
		{"in any state", Choice{States: any}, []int{1, 2, 3, 4}, 0},
		{"a slice", Choice{States: any, Slice: queue.Slice{Index: 0, Count: 4}}, []int{4}, 0},
		{"older", Choice{States: any, Before: id(3).Received()}, []int{1, 2}, 0},
		{"newer", Choice{States: any, After: id(2).Received()}, []int{3, 4}, 0},
		{"larger", Choice{States: any, Larger: size(4000)}, []int{2}, 0},
		{"smaller, even if it cannot be read", Choice{States: any, Smaller: size(100)}, []int{4}, 0},
		{"by content", Choice{States: any, Restores: 1}, []int{2}, 1},
		{"by content, and too small", Choice{States: any, Restores: 1, Larger: size(100)}, []int{2}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := newQueue(t)
			var got []int
			failed := 0
			must(t, test.choice.Each(d, func(f queue.File) {
				got = append(got, int(f.ID.Seconds()-1_700_000_000)/3600)
			}, func(error) { failed++ }))
			if !slices.Equal(got, test.want) || failed != test.failed {
				t.Errorf("chose %v, and %d failed", got, failed)
			}
		})
	}
}

// TestVanished checks that an entry which vanishes is passed over in silence.
func TestVanished(t *testing.T) {
	t.Parallel()
	d := newQueue(t)
	c := Choice{States: []queue.State{queue.Preserved, queue.Ready}, List: "staff"}
	chosen := 0
	must(t, c.Each(d, func(queue.File) { chosen++ }, func(err error) {
		// This is the entry that cannot be read, the last one.
		if !strings.Contains(err.Error(), id(4).String()) {
			t.Error(err)
		}
	}))
	first := true
	c.Slice = queue.Slice{}
	for f, err := range d.List(nil, queue.Ready) {
		must(t, err)
		if first {
			must(t, os.Remove(d.EntryPath(id(2), queue.Ready)))
			first = false
		}
		if is, err := c.look(d, f); f.ID == id(2) && (is || err == nil) {
			t.Errorf("chosen after it vanished: %v", err)
		}
	}
	if chosen == 0 {
		t.Error("nothing was chosen")
	}
}

func TestParsePattern(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a":      "",
		"a)(b":   `RE is wrong at character 1: unexpected ): "a)(b"`,
		"é[z":    `RE is wrong at character 2: missing closing ]: "[z"`,
		"a**":    `RE is wrong at character 2: invalid nested repetition operator: "**"`,
		`a\8`:    `RE is wrong at character 2: invalid escape sequence: "\8"`,
		`(?<x>a`: `RE is wrong at character 1: missing closing ): "(?<x>a"`,
	} {
		_, err := ParsePattern(text)
		if got := errorText(err); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	// \Q quotes up to \E or the end. The case is ignored in each branch.
	for _, text := range []string{`\QA+B`, `x|^a\+b$`, `\QA+\EB|x`} {
		if re, err := ParsePattern(text); err != nil || !re.MatchString("a+b") {
			t.Errorf("%q does not match: %v", text, err)
		}
	}
}

func TestParseSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"0": 0, "2000": 2000, "500k": 500 << 10, "1M": 1 << 20, "3G": 3 << 30} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "k", "1K", "1.5M", "-1", "+1", "1MB", "9999999999G", "99999999999999999999", " 1"} {
		if n, err := ParseSize(text); err == nil {
			t.Errorf("%q is %d", text, n)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
