package maildir

import (
	"os/exec"
	"path/filepath"
	"testing"

	"switchboard/test/harness"
)

// pythonReads prints the messages that Python's mailbox.Maildir finds.
const pythonReads = `
import mailbox, sys
box = mailbox.Maildir(sys.argv[1], factory=None, create=False)
for key in sorted(box.keys()):
    print(ascii(key), box.get_bytes(key), box[key].get_subdir(), int(box[key].get_date()))
`

// TestPythonReads has Python read what Flush delivered.
func TestPythonReads(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	harness.Needs(t, "python3", err)
	box := filepath.Join(t.TempDir(), "box")
	d := open(t, box)
	d.add(t, "1.5+ab", "Subject: x\n\nFrom here\r\n\x00\xe9")
	d.add(t, "a:b", "\n")
	d.flush(t)
	out, err := exec.Command(python, "-c", pythonReads, box).CombinedOutput()
	const want = `'1.5+ab' b'Subject: x\n\nFrom here\r\n\x00\xe9' new 1793707200
'a\\072b' b'\n' new 1793707200
`
	if err != nil || string(out) != want {
		t.Errorf("Python has %q, %v; it should be %q", out, err, want)
	}
}
