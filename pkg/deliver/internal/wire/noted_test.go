package wire

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
	"switchboard/test/golden"
	"switchboard/test/harness"
)

// TestNoted writes metadata into the entry between one transaction and the next: the text
// must stay the same, and is read from the same file. An entry with a second name becomes a
// copy meanwhile.
func TestNoted(t *testing.T) {
	t.Parallel()
	long := "Subject: x\n\n" + strings.Repeat("A line of a text that is not kept in memory.\n", 3000)
	entries := map[string][]byte{}
	for _, d := range []message.Dialect{message.Mailman2, message.Mailman3} {
		entries["long-"+d.String()] = entry(t, d, []byte(long))
	}
	for _, g := range golden.All(t) {
		if len(g.Data) > keep || strings.Contains(g.Name, "multipart-a") {
			entries[g.Name] = g.Data
		}
	}
	n := 0
	for name, data := range entries {
		for _, linked := range []bool{false, true} {
			n++
			base := harness.Base(n)
			t.Run(fmt.Sprintf("%s, linked %v", name, linked), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				path := filepath.Join(dir, "out", base+".pck")
				d, err := queue.Create(filepath.Dir(path), queue.Options{NoSync: true})
				if err == nil {
					err = os.WriteFile(path, data, 0o660)
				}
				if err == nil && linked {
					err = os.Link(path, filepath.Join(dir, "backup"))
				}
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				for claim, err := range d.Claims(queue.Slice{}, 1) {
					if err != nil {
						t.Fatal(err)
					}
					whileNoted(t, claim)
					if err := claim.Close(); err != nil {
						t.Fatal(err)
					}
					return
				}
				t.Fatal("no claim")
			})
		}
	}
}

func whileNoted(t *testing.T, claim *queue.Claim) {
	t.Helper()
	m, err := Text(claim.Content)
	if err != nil {
		t.Fatal(err)
	}
	var first bytes.Buffer
	for i := range 6 {
		var text bytes.Buffer
		if n, err := m.WriteTo(&text); err != nil || n != m.Size {
			t.Fatalf("after %d notes: %d of %d bytes, %v", i, n, m.Size, err)
		}
		if i == 0 {
			first = text
		}
		if !bytes.Equal(text.Bytes(), first.Bytes()) {
			t.Fatalf("the text changed with note %d", i)
		}
		many := make([]string, 1+200*i)
		for j := range many {
			many[j] = fmt.Sprintf("recipient-%d@example.com", j)
		}
		if err := claim.Note(message.Setting{Key: "recips", Value: many}, message.Setting{Key: fmt.Sprint("_x", i), Value: i}); err != nil {
			t.Fatal(err)
		}
	}
}
