package mbox

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// pythonSplit splits each mailbox of a JSON list with Python's mailbox.mbox.
const pythonSplit = `
import json, mailbox, os, sys, tempfile
out = []
with tempfile.TemporaryDirectory() as d:
    for n, text in enumerate(json.load(sys.stdin)):
        path = os.path.join(d, str(n))
        with open(path, 'wb') as f:
            f.write(text.encode('latin-1'))
        box = mailbox.mbox(path, create=False)
        out.append([box.get_bytes(key).decode('latin-1') for key in box.keys()])
        box.close()
json.dump(out, sys.stdout)
`

// TestAsPython compares Reader with Python's mailbox. It leaves out intended differences:
// text before the first message, quoted lines, and an empty line that ends in CRLF.
func TestAsPython(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	harness.Needs(t, "python3", err)
	lines := []string{"", "", "From a@example.com Thu Aug  9 18:39:17 2012", "From b", "From", "From: a@example.com", "text", "x\r", " From c", ">text"}
	random := rand.New(rand.NewPCG(1, 2))
	var boxes []string
	for range 500 {
		var box strings.Builder
		box.WriteString("From first")
		for range random.IntN(12) {
			box.WriteString("\n" + lines[random.IntN(len(lines))])
		}
		if random.IntN(4) > 0 {
			box.WriteString("\n")
		}
		boxes = append(boxes, box.String())
	}
	for i, want := range splitByPython(t, python, boxes) {
		got, err := split(boxes[i])
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v; Python has %q", boxes[i], got, err, want)
		}
	}
}

// splitByPython splits mailboxes of bytes.
func splitByPython(t *testing.T, python string, boxes []string) (all [][]string) {
	t.Helper()
	latin1 := func(s string) string {
		var text []rune
		for i := range len(s) {
			text = append(text, rune(s[i]))
		}
		return string(text)
	}
	var texts []string
	for _, box := range boxes {
		texts = append(texts, latin1(box))
	}
	input, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", pythonSplit)
	cmd.Stdin = bytes.NewReader(input)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != len(boxes) {
		t.Fatalf("%d mailboxes, Python has %d", len(boxes), len(all))
	}
	for _, box := range all {
		for i, text := range box {
			b := make([]byte, 0, len(text))
			for _, r := range text {
				b = append(b, byte(r))
			}
			box[i] = string(b)
		}
	}
	return all
}

// quotedLine is a line that mboxrd quotes. Python does not remove the quote.
var quotedLine = regexp.MustCompile(`(?m)^>*From `)

// TestPythonReads has Python read what a Writer wrote: the same messages, but for the quotes.
func TestPythonReads(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	harness.Needs(t, "python3", err)
	parts := []string{"Subject: x\n\n", "text", "\n", "\n\n", "\r\n", "\r", "From a@example.com Thu Aug  9 18:39:17 2012", ">From ", ">>From b", "From", "\x00", "\xe9"}
	random := rand.New(rand.NewPCG(3, 4))
	var boxes []string
	var want [][]string
	for range 500 {
		var messages [][]string
		var read []string
		for range 1 + random.IntN(4) {
			var text string
			for range random.IntN(12) {
				text += parts[random.IntN(len(parts))]
			}
			messages = append(messages, []string{text})
			if text != "" && !strings.HasSuffix(text, "\n") {
				text += "\n"
			}
			read = append(read, quotedLine.ReplaceAllString(text, ">$0"))
		}
		box, err := write(messages...)
		if err != nil {
			t.Fatal(err)
		}
		boxes, want = append(boxes, box), append(want, read)
	}
	for i, got := range splitByPython(t, python, boxes) {
		if !slices.Equal(got, want[i]) {
			t.Errorf("%q: Python has %q; it should be %q", boxes[i], got, want[i])
		}
	}
}
