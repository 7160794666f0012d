package message

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

var words = []string{
	"plain", "", "caf\u00e9", "=?utf-8?q?caf=C3=A9?=", "=?UTF-8?B?Y2Fmw6k=?=", "=?utf-8?b?Y2Fmw6k?=",
	"Re: =?iso-8859-1?q?caf=E9?= and more", "=?utf-8?q?one_?= =?utf-8?q?two?=", "=?utf-8?b?w?= x",
	"=?utf-8?b?w6k=?=\t=?utf-8?b?w6k=?=", "=?utf-8?q?a=C3?= =?utf-8?q?=A9b?=", "=?iso-2022-jp?b?GyRCRnxLXBsoQg==?= x",
	"=?iso-2022-jp?b?GyRCRnw=?= =?iso-2022-jp?b?S1wbKEI=?=", "=?koi8-r?b?8NLJ18XU?=", "=?gb2312?b?1tDOxA==?=",
	"a =?utf-8?q?b?=c", "=?utf-8?q?b?= c =?utf-8?q?d?=", "=?utf-8?q?what??=", "=?utf-8?q?a?b?=", "=?windows-1252?q?=80?=",
	"=?big5?b?pKSk5Q==?= (=?utf-8?q?x?=)", "=?iso-8859-15?q?=A4?= =?utf-8?q?=E2=82=AC?=",
}

const pythonWords = `
import json, sys
from email.header import decode_header, make_header
def text(w):
    try:
        return str(make_header(decode_header(w)))
    except Exception:
        return None
json.dump([text(w) for w in json.load(sys.stdin)], sys.stdout)
`

// TestWordsAsPython compares with Python, except for blanks: Python's str(Header) adds
// one between a word and text that had none between them.
func TestWordsAsPython(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	switch {
	case err != nil && os.Getenv("SWITCHBOARD_CI") != "":
		t.Fatal(err)
	case err != nil:
		t.Skipf("SKIP: %v", err)
	}
	input, err := json.Marshal(words)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", pythonWords)
	cmd.Stdin = bytes.NewReader(input)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []*string
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
	for i, word := range words {
		// Python fails here; the word is shown as it is.
		if got := decodeWords(word); want[i] != nil && bare(got) != bare(*want[i]) {
			t.Errorf("%q: %q, Python has %q", word, got, *want[i])
		}
	}
}

// TestWords checks that words that cannot be decoded stay as they are, and blanks stay
// except between encoded words.
func TestWords(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"=?x-none?q?caf=E9?=":                           "=?x-none?q?caf=E9?=",
		"a =?x-none?q?b?= =?x-none?q?c?= =?utf-8?q?d?=": "a =?x-none?q?b?= =?x-none?q?c?=d",
		"=?utf-8?b?!!?= =?utf-8?q?x?=":                  "=?utf-8?b?!!?= x",
		"=?utf-8?q?=XX?= y":                             "=?utf-8?q?=XX?= y",
		"=?utf-8?q?b?=c =?utf-8?q?d?=":                  "bc d",
		"=?utf-8*en?q?=C3=A9?=":                         "\u00e9",
		"=?us-ascii?q?=E9?=":                            "\uFFFD",
		"=?utf-8?q?=E9?=":                               "\uFFFD",
		"=?cp850?q?=82?=":                               "\u00e9",
		"=?macintosh?q?=8E?=":                           "\u00e9",
		"raw \xe9 =?utf-8?q?=C3=A9?=":                   "raw \xe9 \u00e9",
		"=?utf-8?q?":                                    "=?utf-8?q?",
		"=?utf-8?q??=":                                  "",
	} {
		if got := decodeWords(word); got != want {
			t.Errorf("%q: %q, not %q", word, got, want)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, word := range words {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got := decodeWords(value)
		if !strings.Contains(value, "=?") && got != value {
			t.Errorf("%q became %q", value, got)
		}
		if len(got) > 8*len(value) {
			t.Errorf("%d bytes of %d", len(got), len(value))
		}
	})
}

// TestFields checks the author and the recipients of a message, in each kind of queue.
func TestFields(t *testing.T) {
	t.Parallel()
	text := "From: =?utf-8?q?Caf=C3=A9?= <Ann@Example.com>\nTo: staff@example.com,\n Bob <b@example.com>\nCc: b@example.com, c@example.com\nSubject: =?utf-8?q?one?=\n =?utf-8?q?_two?=\n\nx\n"
	for _, test := range []struct {
		d          Dialect
		items      []Item
		recipients string
	}{
		{Mailman2, nil, "staff@example.com b@example.com c@example.com"},
		{Mailman2, []Item{{"recips", []any{"r@x", "s@x", "r@x"}}}, "r@x s@x"},
		{Mailman2, []Item{{"recips", []any{"r@x"}}, {"undelivered", []any{[]any{"u@x"}, []any{"v@x", "w@x"}}}}, "u@x v@x w@x"},
		{Mailman2, []Item{{"recips", []any{}}}, "staff@example.com b@example.com c@example.com"},
		{Mailman3, []Item{{"recipients", []any{"t@x"}}}, "t@x"},
		{Mailman3, []Item{{"recipients", nil}}, "staff@example.com b@example.com c@example.com"},
	} {
		c := mustRead(t, entry(t, test.d, []byte(text), append(test.items, Item{"version", 3})))
		if got := strings.Join(c.Recipients(), " "); got != test.recipients {
			t.Errorf("%v %v: recipients %q", test.d, test.items, got)
		}
		from, _ := c.Decoded("From")
		subject, _ := c.Decoded("Subject")
		if c.Sender() != "Ann@Example.com" || from != "Caf\u00e9 <Ann@Example.com>" || subject != "one two" {
			t.Errorf("sender %q, from %q, subject %q", c.Sender(), from, subject)
		}
	}
	c := mustRead(t, entry(t, Mailman2, []byte("To: x\n\n"), []Item{{"envsender", "e@x"}}))
	if got := c.Sender(); got != "e@x" {
		t.Errorf("sender %q", got)
	}
	// A long list in one line, and one that is cut in the middle of a character.
	many := strings.Repeat("someone@example.com, ", 1000)
	c = mustRead(t, entry(t, Mailman2, []byte("To: "+many+"last@example.com\nSubject: x"+strings.Repeat("\u00e9", headerLen)+"\n\n"), nil))
	if got := c.Recipients(); len(got) != 2 || got[1] != "last@example.com" {
		t.Errorf("%q", got)
	}
	if got, _ := c.Decoded("Subject"); len(got) != headerLen-1 || !strings.HasSuffix(got, "\u00e9") {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}
