package kill

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

// qcat checks that the command qcat prints each mail's bytes.
func (w *world) qcat(t *testing.T) error {
	for i, m := range w.mails {
		if m.raw != nil || i >= 5 {
			continue
		}
		for _, p := range []place{ready, inFlight, bad, far, farShunt, shunted, hold} {
			path := w.path(i, p)
			if _, err := os.Stat(path); err != nil {
				continue
			}
			if r := harness.Run(t, nil, "qcat", path); r.Status != 0 || r.Out != string(m.Text) {
				return fmt.Errorf("qcat %s: status %d, %q, %s", path, r.Status, r.Out, r.Err)
			}
		}
	}
	return nil
}

// worksInMailman checks that the real Switchboard of Mailman 3 recovers and processes what is
// in the queue. It works on a copy, because that empties the queue.
func (w *world) worksInMailman(mailman *harness.Mailman, s *scenario) error {
	if mailman == nil || len(w.mails) > 50 || s.command == "qstat" || s.command == "qcat" {
		return nil
	}
	name := filepath.Base(w.root) + "-copy/in"
	twin := filepath.Join(mailman.Queues, name)
	if err := os.MkdirAll(twin, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(filepath.Dir(twin))
	texts := make(map[string][]byte)
	files, err := os.ReadDir(w.dir("in"))
	if err != nil {
		return err
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(w.dir("in"), f.Name()))
		if err != nil {
			return err
		}
		held, err := harness.Read(filepath.Join(w.dir("in"), f.Name()))
		id, state := queue.SplitName(f.Name())
		if state == queue.Ready || state == queue.InFlight {
			if err != nil || state == queue.InFlight && held.Restores >= 2 {
				continue // Mailman preserves these, as our commands would
			}
			texts[id.String()] = held.Text
		}
		if err := os.WriteFile(filepath.Join(twin, f.Name()), data, 0o600); err != nil {
			return err
		}
	}
	if _, err := mailman.Call("recover", map[string]any{"queue": name}); err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	answer, err := mailman.Call("files", map[string]any{"queue": name})
	if err != nil {
		return fmt.Errorf("files: %w", err)
	}
	bases, _ := answer["files"].([]any)
	if len(bases) != len(texts) {
		return fmt.Errorf("lists %d entries, not %d", len(bases), len(texts))
	}
	for _, base := range bases {
		entry := map[string]any{"queue": name, "base": base}
		answer, err := mailman.Call("dequeue", entry)
		if err != nil {
			return fmt.Errorf("dequeue: %w", err)
		}
		text, err := base64.StdEncoding.DecodeString(answer["msg"].(string))
		if err != nil || !bytes.Equal(text, texts[base.(string)]) {
			return fmt.Errorf("%s: has %q, not %q", base, text, texts[base.(string)])
		}
		if _, err := mailman.Call("finish", entry); err != nil {
			return fmt.Errorf("finish: %w", err)
		}
	}
	left, err := os.ReadDir(twin)
	for _, f := range left {
		if !strings.HasSuffix(f.Name(), ".tmp") && !strings.HasPrefix(f.Name(), "switchboard.") {
			return fmt.Errorf("leaves %s", f.Name())
		}
	}
	return err
}

// sameFilesystem reports whether a file can be renamed from one to the other.
func sameFilesystem(a, b string) bool {
	var sa, sb syscall.Stat_t
	return syscall.Stat(a, &sa) != nil || syscall.Stat(b, &sb) != nil || sa.Dev == sb.Dev
}
