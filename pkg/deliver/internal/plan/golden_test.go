package plan

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/test/golden"
)

// readBytes reads a queue file.
func readBytes(data []byte) (*message.Content, error) {
	return message.Read(bytes.NewReader(data), int64(len(data)))
}

// TestGolden plans what real Mailmans left to be sent.
func TestGolden(t *testing.T) {
	t.Parallel()
	const (
		owner2, owners = "mailman-bounces@example.com", "owner1@example.com owner2@example.com"
		bounces        = "test-bounces@example.com"
	)
	want := map[string]string{
		"mm2-run-outdown-out-1-a":   "<" + owner2 + ">: " + owners,
		"mm2-run-owner-out-1-a":     "<" + owner2 + ">: owner@example.com",
		"mm2-run-temp-retry-1-a":    "<" + owner2 + ">: " + owners,
		"mm2-run-temp-retry-2-a":    "<" + bounces + ">: anne@example.com user18@example.com user12@example.com",
		"mm2-run-virgin-out-2-a":    "<" + bounces + ">: user10@example.com user00@example.com user20@example.com user15@example.com",
		"mm3-run-owner-out-1-a":     "<test-bounces+owner=example.com@example.com>: owner@example.com each",
		"mm3-run-virgin-out-1-a":    "<" + bounces + ">: user00@example.com",
		"mm3-run-pipeline-out-1-a":  "", // a set: only the recipients are compared
		"mm3-run-outdown-retry-1-a": "",
		"mm2-run-smtp-out-1-a":      "",
		"mm2-run-smtp-out-2-a":      "",
	}
	seen := 0
	for _, g := range golden.All(t) {
		c, err := readBytes(g.Data)
		if err != nil {
			t.Fatal(err)
		}
		p, err := New(c, "example.com")
		if err != nil {
			sent := strings.Contains(g.Name, "-out-") || strings.Contains(g.Name, "-retry-")
			if strings.Contains(g.Name, "-run-") && (sent || !errors.Is(err, ErrNotOutgoing)) {
				t.Errorf("%s: %v", g.Name, err)
			}
			continue
		}
		got := slices.Sorted(p.Recipients(0))
		if p.Len() > 0 && !slices.Equal(got, slices.Sorted(slices.Values(c.Recipients()))) {
			t.Errorf("%s: %.10q, but the entry is for %.10q", g.Name, got, c.Recipients())
		}
		expected, ok := want[g.Name]
		if !ok {
			continue
		}
		seen++
		switch said := summary(c, "example.com"); {
		case expected != "" && said != expected:
			t.Errorf("%s:\n%s, not\n%s", g.Name, said, expected)
		case expected == "" && (!strings.HasPrefix(said, "<"+bounces+">: ") || strings.Count(said, "<") > 1):
			t.Errorf("%s: %s", g.Name, said)
		case p.Each != (strings.HasSuffix(said, "each") || g.Name == "mm2-run-smtp-out-2-a"):
			t.Errorf("%s: each: %v", g.Name, p.Each)
		case p.Grouped != (g.Name == "mm2-run-smtp-out-2-a"):
			t.Errorf("%s: grouped: %v", g.Name, p.Grouped)
		case p.Until.IsZero() == strings.Contains(g.Name, "-retry-"), (p.LastCount == p.Len()) != strings.Contains(g.Name, "-retry-"):
			t.Errorf("%s: until %v, last count %d", g.Name, p.Until, p.LastCount)
		}
	}
	if seen < 2 {
		t.Errorf("%d of %d entries", seen, len(want))
	}
	t.Logf("%d of %d entries", seen, len(want))
}

// FuzzNew plans any metadata. Every outcome is a plan whose recipients are all different
// and whose senders can be sent, or an error that says what is wrong.
func FuzzNew(f *testing.F) {
	for _, g := range golden.All(f) {
		if len(g.Data) < 16<<10 {
			f.Add(g.Data, "example.com")
		}
	}
	for _, meta := range []object{
		{"recips": anyList("a@x.org", "a@x.org"), "verp": 1},
		{"undelivered": anyList(anyList("a@x.org"), "b@x.org"), "deliver_until": 1.5},
		{"recips": anyList("a b", "", "caf\xe9", `"a b"@c`), "verp": 1, "envsender": "x@y@z"},
	} {
		text, _ := message.Mailman2.TextPrefix(0)
		data := append(text, message.Mailman2.TextSuffix()...)
		items := []message.Item{{Key: "_parsemsg", Value: true}}
		for key, value := range meta {
			items = append(items, message.Item{Key: key, Value: value})
		}
		data, err := message.Mailman2.AppendMetadata(data, items)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "")
	}
	f.Fuzz(func(t *testing.T, data []byte, domain string) {
		c, err := readBytes(data)
		if err != nil {
			return
		}
		if said := summary(c, domain); strings.HasPrefix(said, "some other error") {
			t.Fatal(said)
		}
		p, err := New(c, domain)
		if err != nil {
			return
		}
		if int64(p.Len()) > c.MetaEnd {
			t.Fatalf("%d recipients in %d bytes", p.Len(), len(data))
		}
		seen := map[string]bool{}
		for recipient := range p.Recipients(0) {
			if seen[recipient] {
				t.Fatalf("%q is there twice", recipient)
			}
			seen[recipient] = true
			if sender := p.Sender(recipient); sender != "" && unsendable(sender) != "" {
				t.Fatalf("sender %q for %q", sender, recipient)
			}
		}
	})
}
