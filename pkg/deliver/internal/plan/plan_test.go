package plan

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/message"
)

// object is metadata, with JSON's types.
type object = map[string]any

// entry returns an entry with this header and metadata.
func entry(t testing.TB, d message.Dialect, header string, meta object) *message.Content {
	t.Helper()
	c, _ := entryFile(t, d, header, meta)
	return c
}

// entryFile returns the queue file, too.
func entryFile(t testing.TB, d message.Dialect, header string, meta object) (*message.Content, []byte) {
	t.Helper()
	text := d.AppendText(nil, []byte(header+"\n\nbody\n"))
	data, err := d.TextPrefix(int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	data = append(append(data, text...), d.TextSuffix()...)
	items := []message.Item{{Key: "_parsemsg", Value: true}}
	for key, value := range meta {
		items = append(items, message.Item{Key: key, Value: value})
	}
	if data, err = d.AppendMetadata(data, items); err != nil {
		t.Fatal(err)
	}
	c, err := message.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if c.Dialect() != d {
		t.Fatalf("the entry is one of %v", c.Dialect())
	}
	return c, data
}

// mm2 and mm3 return entries of a list.
func mm2(t testing.TB, meta object) *message.Content { return listEntry(t, message.Mailman2, meta) }
func mm3(t testing.TB, meta object) *message.Content { return listEntry(t, message.Mailman3, meta) }

func listEntry(t testing.TB, d message.Dialect, meta object) *message.Content {
	full := object{"listname": "test"}
	if d == message.Mailman3 {
		full = object{"listid": "test.example.com"}
	}
	for key, value := range meta {
		if full[key] = value; value == absent {
			delete(full, key)
		}
	}
	return entry(t, d, "Subject: x", full)
}

// absent is the value of a key that is not there.
const absent = "absent"

func anyList(items ...any) []any { return items }

// summary says what a plan is: each sender with its recipients.
func summary(c *message.Content, domain string) string {
	p, err := New(c, domain)
	switch {
	case errors.Is(err, ErrNeedsDomain), errors.Is(err, message.ErrMalformed):
		return err.Error()
	case err != nil:
		return "some other error: " + err.Error()
	}
	var out []string
	last := "none"
	for recipient := range p.Recipients(0) {
		if s := p.Sender(recipient); s != last {
			out = append(out, "<"+s+">:")
			last = s
		}
		out = append(out, recipient)
	}
	if n := len(slices.Collect(p.Recipients(0))); n != p.Len() {
		return fmt.Sprintf("%d recipients, Len is %d", n, p.Len())
	}
	if p.Each {
		out = append(out, "each")
	}
	if p.Grouped {
		out = append(out, "grouped")
	}
	return strings.Join(out, " ")
}

func TestNew(t *testing.T) {
	t.Parallel()
	two := anyList("a@x.org", "b@x.org")
	for _, test := range []struct {
		name   string
		c      *message.Content
		domain string
		want   string
	}{
		{"post", mm2(t, object{"recips": two}), "d.org", "<test-bounces@d.org>: a@x.org b@x.org"},
		{"nobody", mm2(t, object{"recips": anyList()}), "d.org", ""},
		{"nobody is left", mm3(t, object{"undelivered": anyList()}), "d.org", "grouped"},
		{"a post", mm2(t, nil), "d.org", "malformed: metadata has no recipients, as an outgoing message has"},
		{"a post of Mailman 3", mm3(t, nil), "d.org", "malformed: metadata has no recipients, as an outgoing message has"},
		{"no domain", mm2(t, object{"recips": two}), "", "list test: the domain of its list is not known"},
		{"port with the domain", mm2(t, object{"recips": two, "listname": "test@lists.org"}), "", "<test-bounces@lists.org>: a@x.org b@x.org"},
		{"no list", mm2(t, object{"recips": two, "listname": absent}), "d.org", "<mailman-bounces@d.org>: a@x.org b@x.org"},
		{"no list, no domain", mm2(t, object{"recips": two, "listname": absent}), "", "no list: the domain of its list is not known"},
		{"envsender", mm2(t, object{"recips": two, "envsender": "o@y.org"}), "", "<o@y.org>: a@x.org b@x.org"},
		{"literal envsender", mm2(t, object{"recips": two, "envsender": "joe%Home;x@gw.org"}), "", "<joe%Home;x@gw.org>: a@x.org b@x.org"},
		{"null sender", mm2(t, object{"recips": two, "envsender": ""}), "", "<>: a@x.org b@x.org"},
		{"null sender in brackets", mm2(t, object{"recips": two, "envsender": "<>"}), "", "<>: a@x.org b@x.org"},
		{"envsender is None", mm2(t, object{"recips": two, "envsender": nil}), "d.org", "<test-bounces@d.org>: a@x.org b@x.org"},
		{"verp", mm2(t, object{"recips": anyList("A.B@X.org", "b@x.org"), "verp": 1}), "D.org", "<test-bounces+a.b=x.org@d.org>: A.B@X.org <test-bounces+b=x.org@d.org>: b@x.org each"},
		{"verp without a domain", mm2(t, object{"recips": anyList("root", "@x", "b@x.org"), "verp": 1}), "d.org", "<test-bounces@d.org>: root @x <test-bounces+b=x.org@d.org>: b@x.org each"},
		{"verp that no server takes", mm2(t, object{"recips": anyList(`"a b"@x.org`, "c@[192.0.2.1]", "d;e@x.org", "f@g@x.org"), "verp": 1}), "d.org", `<test-bounces@d.org>: "a b"@x.org c@[192.0.2.1] d;e@x.org f@g@x.org each`},
		{"verp too long", mm2(t, object{"recips": anyList(strings.Repeat("l", 100) + "@" + strings.Repeat("h", 210)), "verp": 1}), "d.org", "<test-bounces@d.org>: " + strings.Repeat("l", 100) + "@" + strings.Repeat("h", 210) + " each"},
		{"verp, null sender", mm2(t, object{"recips": two, "envsender": "", "verp": true}), "", "<>: a@x.org b@x.org each"},
		{"verp, sender without a domain", mm2(t, object{"recips": two, "envsender": "root", "verp": true}), "", "<root>: a@x.org b@x.org each"},
		{"verp of an owner's message", mm2(t, object{"recips": two, "verp": 1, "personalize": 0}), "d.org", "<test-bounces@d.org>: a@x.org b@x.org"},
		{"personalized", mm2(t, object{"recips": two, "personalize": 1}), "d.org", "<test-bounces@d.org>: a@x.org b@x.org each"},
		{"personalized and verp", mm2(t, object{"recips": two, "personalize": 1, "verp": 1}), "d.org", "<test-bounces+a=x.org@d.org>: a@x.org <test-bounces+b=x.org@d.org>: b@x.org each"},
		{"undelivered", mm2(t, object{"recips": two, "undelivered": anyList(anyList("b@x.org"))}), "d.org", "<test-bounces@d.org>: b@x.org grouped"},
		{"undelivered, no recips", mm2(t, object{"undelivered": anyList(anyList("b@x.org", "c@x.org"), anyList("d@x.org"))}), "d.org", "<test-bounces@d.org>: b@x.org c@x.org d@x.org grouped"},
		{"all delivered", mm2(t, object{"recips": two, "undelivered": anyList()}), "", "grouped"},
		{"undelivered is None", mm2(t, object{"recips": two, "undelivered": nil}), "d.org", "<test-bounces@d.org>: a@x.org b@x.org"},
		{"nobody", mm2(t, object{"recips": anyList()}), "", ""},
		{"recips is None", mm2(t, object{"recips": nil}), "", ""},
		{"twice", mm2(t, object{"recips": anyList("a@x.org", "b@x.org", "a@x.org", "A@x.org", "b@x.org")}), "d.org", "<test-bounces@d.org>: a@x.org b@x.org A@x.org"},
		{"twice in groups", mm2(t, object{"undelivered": anyList(anyList("a@x.org"), anyList("a@x.org", "b@x.org"))}), "d.org", "<test-bounces@d.org>: a@x.org b@x.org grouped"},
		{"literal recipients", mm2(t, object{"recips": anyList("a;b@x.org", "c,d@x.org", "-e@x.org", "f%g@x.org", "Anne <h@x.org>", "")}), "d.org", "<test-bounces@d.org>: a;b@x.org c,d@x.org -e@x.org f%g@x.org Anne <h@x.org> "},
		{"of the other key", mm2(t, object{"recipients": two, "sender": "s@y.org"}), "", "<s@y.org>: a@x.org b@x.org"},

		{"3: post", mm3(t, object{"recipients": two, "envsender": "noreply@example.com"}), "", "<test-bounces@example.com>: a@x.org b@x.org"},
		{"3: sender", mm3(t, object{"recipients": two, "sender": "s@y.org"}), "", "<s@y.org>: a@x.org b@x.org"},
		{"3: null sender", mm3(t, object{"recipients": two, "sender": ""}), "", "<>: a@x.org b@x.org"},
		{"3: verp", mm3(t, object{"recipients": anyList("A.B@X.org"), "verp": true}), "", "<test-bounces+A.B=X.org@example.com>: A.B@X.org each"},
		{"3: verp without a domain", mm3(t, object{"recipients": anyList("root"), "verp": true}), "", "<test-bounces@example.com>: root each"},
		{"3: no verp", mm3(t, object{"recipients": two, "verp": false}), "", "<test-bounces@example.com>: a@x.org b@x.org"},
		{"3: another domain", mm3(t, object{"recipients": two}), "d.org", "<test-bounces@example.com>: a@x.org b@x.org"},
		{"3: a dot in the name", mm3(t, object{"recipients": two, "listid": "a.b.example.com"}), "example.com", "<a.b-bounces@example.com>: a@x.org b@x.org"},
		{"3: an id without a dot", mm3(t, object{"recipients": two, "listid": "test"}), "d.org", "<test-bounces@d.org>: a@x.org b@x.org"},
		{"3: an id without a dot, no domain", mm3(t, object{"recipients": two, "listid": "test"}), "", "list test: the domain of its list is not known"},
		{"3: a beta", entry(t, message.Mailman3, "Subject: x", object{"listid": nil, "listname": "test@example.com", "recipients": two}), "", "<test-bounces@example.com>: a@x.org b@x.org"},
		{"3: no list", mm3(t, object{"recipients": two, "listid": nil}), "d.org", "malformed: metadata has neither sender nor listid"},
		{"3: moved from 2.1", mm3(t, object{"recips": two, "listname": "test", "envsender": "o@y.org", "undelivered": anyList(anyList("b@x.org"))}), "", "<o@y.org>: b@x.org grouped"},
		{"3: nobody", mm3(t, object{"recipients": anyList()}), "", ""},

		{"recips is a number", mm2(t, object{"recips": 7}), "d.org", "malformed: metadata recips: an int, not a list"},
		{"recips is a text", mm2(t, object{"recips": "a@x.org"}), "d.org", "malformed: metadata recips: a text, not a list"},
		{"recips is a dictionary", mm2(t, object{"recips": object{"a@x.org": 1}}), "d.org", "malformed: metadata recips: a dictionary, not a list"},
		{"recips has None", mm2(t, object{"recips": anyList("a@x.org", nil)}), "d.org", "malformed: metadata recips: None, not a text"},
		{"recips has groups", mm2(t, object{"recips": anyList(anyList("a@x.org"))}), "d.org", "malformed: metadata recips: a list, not a text"},
		{"undelivered is deeper", mm2(t, object{"recips": two, "undelivered": anyList(anyList(anyList("a@x.org")))}), "d.org", "malformed: metadata undelivered: a list, not a text"},
		{"recipients has a number", mm3(t, object{"recipients": anyList(1)}), "", "malformed: metadata recipients: an int, not a text"},
		{"envsender is a number", mm2(t, object{"recips": two, "envsender": 1}), "d.org", "malformed: metadata envsender: an int, not text"},
		{"sender is a list", mm3(t, object{"recipients": two, "sender": two}), "", "malformed: metadata sender: a list, not text"},
		{"envsender is two lines", mm2(t, object{"recips": two, "envsender": "a@x\r\nRCPT TO:<b@x>"}), "d.org", "malformed: metadata envsender: no sender: the address has a control character (U+000D)"},
		{"listname has a blank", mm2(t, object{"recips": two, "listname": "a b"}), "d.org", "malformed: metadata listname: no sender: the address has a blank"},
		{"listname is a number", mm2(t, object{"recips": two, "listname": 5}), "d.org", "malformed: metadata listname: an int, not text"},
		{"deliver_until is a text", mm2(t, object{"recips": two, "deliver_until": "soon"}), "d.org", "malformed: metadata deliver_until: a text, not a time"},
		{"deliver_after is a list", mm2(t, object{"recips": two, "deliver_after": two}), "d.org", "malformed: metadata deliver_after: a list, not a time"},
		{"last_recip_count is a text", mm2(t, object{"recips": two, "last_recip_count": "2"}), "d.org", "malformed: metadata last_recip_count: a text, not a number"},
	} {
		if got := summary(test.c, test.domain); got != test.want {
			t.Errorf("%s:\n%s, not\n%s", test.name, got, test.want)
		}
	}
}

// TestListID splits the ID of a list whose name has a dot as its header says.
func TestListID(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"Subject: x":                                          "a-bounces@b.example.com",
		"List-Post: <mailto:a.b@example.com>":                 "a.b-bounces@example.com",
		"List-Owner: <mailto:a.b-owner@example.com>":          "a.b-bounces@example.com",
		"List-Owner: <mailto:a.b@example.com>":                "a-bounces@b.example.com",
		"List-Post: <mailto:other@example.com>":               "a-bounces@b.example.com",
		"List-Post: <mailto:a.b.example@com>":                 "a-bounces@b.example.com",
		"List-Post: NO\nList-Owner: <mailto:a.b-owner@x.org>": "a-bounces@b.example.com",
	} {
		p, err := New(entry(t, message.Mailman3, header, object{"listid": "a.b.example.com", "recipients": anyList("x@y")}), "elsewhere.org")
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Sender("x@y"); got != want {
			t.Errorf("%s: %s, not %s", header, got, want)
		}
	}
}

// TestUndecorated says what Mailman would add.
func TestUndecorated(t *testing.T) {
	t.Parallel()
	const all, each = "the list's header and footer", "the list's header and footer for each recipient"
	for _, test := range []struct {
		of   func(testing.TB, object) *message.Content
		meta object
		want string
	}{
		{mm2, object{}, all},
		{mm2, object{"verp": 1}, each},
		{mm2, object{"decorated": true}, ""},
		{mm2, object{"decorated": true, "personalize": 1}, each},
		{mm2, object{"nodecorate": 1, "verp": 1}, ""},
		{mm2, object{"isdigest": 1}, ""},
		{mm3, object{}, all},
		{mm3, object{"verp": true}, each},
		{mm3, object{"nodecorate": true}, ""},
		{mm3, object{"isdigest": true}, ""},
	} {
		test.meta["recips"], test.meta["recipients"] = anyList("a@x"), anyList("a@x")
		p, err := New(test.of(t, test.meta), "d.org")
		if err != nil {
			t.Fatal(err)
		}
		if p.Undecorated != test.want {
			t.Errorf("%v: %q, not %q", test.meta, p.Undecorated, test.want)
		}
	}
}

// TestRecipientsFrom goes on in the middle of the recipients, some of whom are there twice.
func TestRecipientsFrom(t *testing.T) {
	t.Parallel()
	var all []any
	var want []string
	for i := range 1000 {
		address := fmt.Sprintf("user%d@example.com", i)
		all = append(all, address, fmt.Sprintf("user%d@example.com", i/2))
		want = append(want, address)
	}
	p, err := New(mm3(t, object{"recipients": all}), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []int{0, 1, 499, 999, 1000, 1001} {
		if got := slices.Collect(p.Recipients(from)); !slices.Equal(got, want[min(from, len(want)):]) {
			t.Errorf("from %d: %d recipients, %.3q", from, len(got), got)
		}
	}
	n := 0
	for range p.Recipients(0) {
		if n++; n == 10 {
			break
		}
	}
}

func TestUnsendable(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"a@example.com":          "",
		"postmaster":             "",
		"-a@example.com":         "",
		"a;b,c%d@example.com":    "",
		`"a b"@example.com`:      "",
		`"a\" b"@example.com`:    "",
		"é@example.com":          "",
		"用户@例え.jp":               "",
		"a@[IPv6:2001:db8::1]":   "",
		strings.Repeat("a", 320): "",

		"":                       "the address is empty",
		strings.Repeat("a", 321): "the address has 321 bytes",
		"a b@example.com":        "the address has a blank",
		" a@example.com":         "the address has a blank",
		"a@example.com ":         "the address has a blank",
		`"a b@example.com`:       "the address has a blank",
		`"a" b@example.com`:      "the address has a blank",
		`"a b"@example.com x`:    "the address has a blank",
		`"a\`:                    "",
		`"a b\`:                  "the address has a blank",
		"a@example.com\r\nDATA":  "the address has a control character (U+000D)",
		"a\n@example.com":        "the address has a control character (U+000A)",
		"a\x00@example.com":      "the address has a control character (U+0000)",
		"\"\x7f\"@example.com":   "the address has a control character (U+007F)",
		"a\u0085@example.com":    "the address has a control character (U+0085)",
		"a\t@example.com":        "the address has a control character (U+0009)",
		"<a@example.com>":        "the address has an angle bracket",
		`"<"@example.com`:        "the address has an angle bracket",
		"a@example.com> SIZE=1":  "the address has an angle bracket",
		"caf\xe9@example.com":    "the address is neither ASCII nor UTF-8",
	} {
		if got := unsendable(address); got != want {
			t.Errorf("%.60q: %q, not %q", address, got, want)
		}
	}
}
