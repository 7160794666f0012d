package tally

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// contentOf returns the content of an entry as Mailman 2.1 writes one.
func contentOf(t *testing.T, text, metadata string) *message.Content {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "T%c%c%c%c%s.(d%s.", len(text), len(text)>>8, 0, 0, text, metadata)
	c, err := message.Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Release)
	return c
}

// received returns the file base of a message that was received then.
func received(t *testing.T, when string) queue.ID {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, when)
	if err != nil {
		t.Fatal(err)
	}
	return queue.NewID(float64(at.UnixNano())/1e9, [20]byte{})
}

func TestNames(t *testing.T) {
	t.Parallel()
	const to = "From: Anne <Anne@Sub.Example.COM>\nTo: b@Example.net, c@EXAMPLE.net\nCc: d@example.org., local\n\n"
	for _, c := range []struct {
		by             By
		text, metadata string
		want           []string
	}{
		{List, to, "S'listname'\nS'Staff'\ns", []string{"staff"}},
		{List, to, "S'listid'\nS'staff.example.com'\ns", []string{"staff.example.com"}},
		{List, to, "", []string{""}},
		{List, to, "S'listname'\nS'M\\xc4rz'\ns", []string{"m\xc4rz"}},
		{Sender, to, "", []string{"anne@sub.example.com"}},
		{Sender, "From: nobody\n\n", "S'envsender'\nS'A@b'\ns", []string{"a@b"}},
		{Sender, "\n", "", []string{""}},
		{SenderDomain, to, "", []string{"sub.example.com"}},
		{SenderDomain, "From: nobody\n\n", "", []string{""}},
		{RecipientDomain, to, "", []string{"example.net", "example.org"}},
		// What is left to send says more than the header.
		{RecipientDomain, to, "S'recips'\n(lS'x@left.example'\naS'y@left.example'\naS'local'\nas", []string{"left.example", ""}},
		{RecipientDomain, "\n", "", []string{""}},
		{Origin, to, "S'whichq'\nS'/var/Q/in'\ns", []string{"/var/Q/in"}},
		{Origin, to, "", []string{""}},
		{Hour, to, "", []string{"2026-11-29T23:00:00Z"}},
		{List, to, "S'listname'\nS'" + strings.Repeat("x", 5000) + "'\ns", []string{strings.Repeat("x", 1000)}},
	} {
		content := contentOf(t, c.text, c.metadata)
		if !c.by.Reads() {
			content = nil
		}
		if got := c.by.Names(received(t, "2026-11-29T23:59:59.5Z"), content); !slices.Equal(got, c.want) {
			t.Errorf("by %s: %q, want %q", c.by, got, c.want)
		}
	}
}

// TestHour checks that hours are those of the clock, also before 1970 and far from now.
func TestHour(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[float64]string{
		0: "1970-01-01T00:00:00Z", -0.5: "1969-12-31T23:00:00Z", 3599.9: "1970-01-01T00:00:00Z",
		1 << 39: "19391-01-25T12:00:00Z",
	} {
		if got := Hour.Names(queue.NewID(seconds, [20]byte{}), nil); got[0] != want {
			t.Errorf("%v: %s, want %s", seconds, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, word := range words {
		if by, err := Parse(word); err != nil || by.String() != word {
			t.Errorf("%s: %v, %v", word, by, err)
		}
	}
	if _, err := Parse("domain"); err == nil || !strings.Contains(err.Error(), "sender-domain, recipient-domain") {
		t.Error(err)
	}
}

// TestBuckets checks the bounds of the buckets: qshape's are closed below and open above.
func TestBuckets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		age  time.Duration
		want string
	}{
		{-time.Hour, "5"},
		{0, "5"},
		{5*time.Minute - 1, "5"},
		{5 * time.Minute, "10"},
		{10 * time.Minute, "20"},
		{20*time.Minute - 1, "20"},
		{639 * time.Minute, "640"},
		{640 * time.Minute, "1280"},
		{1280*time.Minute - 1, "1280"},
		{1280 * time.Minute, "1280+"},
		{1<<63 - 1, "1280+"},
	} {
		if got := Buckets[bucket(c.age)]; got != c.want {
			t.Errorf("%v: %s, want %s", c.age, got, c.want)
		}
	}
}

// TestTally checks what is counted, and that an entry of two groups counts once in all.
func TestTally(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	ago := func(minutes int, size int64) Entry {
		return Entry{now.Add(-time.Duration(minutes) * time.Minute), size}
	}
	tally := New(now)
	tally.Add(ago(30, 100), "a", "b")
	tally.Add(ago(1, 10), "a")
	tally.Add(ago(50, 1), "a")
	tally.Add(ago(2, 7), "")
	tally.AddUnreadable(ago(3, 5))
	text := func(g *Group) string {
		return fmt.Sprintf("%s %v %d %d %v-%v %v", g.Name, g.Unreadable, g.Entries, g.Bytes, now.Sub(g.Oldest).Minutes(), now.Sub(g.Newest).Minutes(), g.Shape)
	}
	groups := tally.Groups()
	List.Sort(groups, "")
	var got []string
	for _, g := range append(groups, tally.Total()) {
		got = append(got, text(g))
	}
	want := []string{
		"a false 3 111 50-1 [1 0 0 1 1 0 0 0 0 0]",
		" false 1 7 2-2 [1 0 0 0 0 0 0 0 0 0]",
		" true 1 5 3-3 [1 0 0 0 0 0 0 0 0 0]",
		"b false 1 100 30-30 [0 0 0 1 0 0 0 0 0 0]",
		" false 5 123 50-1 [3 0 0 1 1 0 0 0 0 0]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("counted\n%s, want\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSort(t *testing.T) {
	t.Parallel()
	at := func(n int64) time.Time { return time.Unix(n, 0) }
	groups := []*Group{
		{Name: "a", Entries: 2, Bytes: 30, Oldest: at(5), Newest: at(6)},
		{Name: "b", Entries: 3, Bytes: 20, Oldest: at(3), Newest: at(8)},
		{Name: "c", Entries: 3, Bytes: 10, Oldest: at(4), Newest: at(7)},
	}
	for order, want := range map[string]string{"": "bca", "entries": "bca", "bytes": "abc", "oldest": "bca", "newest": "acb", "name": "abc"} {
		List.Sort(groups, order)
		if got := groups[0].Name + groups[1].Name + groups[2].Name; got != want {
			t.Errorf("%q: %s, want %s", order, got, want)
		}
	}
	if Hour.Sort(groups, ""); groups[0].Name != "b" || groups[1].Name != "c" {
		t.Error("hours are not in the order of their time")
	}
}
