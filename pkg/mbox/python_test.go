package mbox

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
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
            f.write(text.encode('ascii'))
        box = mailbox.mbox(path, create=False)
        out.append([box.get_bytes(key).decode('ascii') for key in box.keys()])
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
	input, err := json.Marshal(boxes)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", pythonSplit)
	cmd.Stdin = bytes.NewReader(input)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want [][]string
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	for i, box := range boxes {
		got, err := split(box)
		if err != nil || !slices.Equal(got, want[i]) {
			t.Errorf("%q: %q, %v; Python has %q", box, got, err, want[i])
		}
	}
}
