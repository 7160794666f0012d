package runner

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"switchboard/pkg/queue"
)

// claimOf stores a message and claims it.
func claimOf(t *testing.T, text string) (queue.Queue, *queue.Claim) {
	t.Helper()
	dir, err := queue.Create(filepath.Join(t.TempDir(), "in"), queue.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	b := dir.NewBatch(func(string) error { return nil })
	p, err := b.Create(queue.Metadata{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(p, text)
	if err := errors.Join(err, p.Commit(), b.Flush()); err != nil {
		t.Fatal(err)
	}
	for claim, err := range dir.Claims(queue.Slice{}, 1) {
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { claim.Close() })
		return dir, claim
	}
	t.Fatal("nothing is ready")
	return nil, nil
}

// TestCopyElsewhere checks that the copy is made in the temporary directory if the
// queue's own filesystem cannot hold it. If the temporary directory cannot hold it
// either, the error is ErrNoCopy.
func TestCopyElsewhere(t *testing.T) {
	t.Parallel()
	text := "Subject: x\n\n" + strings.Repeat("a line of the body\n", 100_000)
	_, claim := claimOf(t, text)
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	full.Close()
	for _, unnamed := range []func() (*os.File, error){
		func() (*os.File, error) { return nil, unix.ENOTSUP },
		func() (*os.File, error) { return os.OpenFile("/dev/full", os.O_RDWR, 0) },
	} {
		temp := t.TempDir()
		j := &job{byCommand: &byCommand{o: &Options{TempDir: temp}, unnamed: unnamed}, claim: claim}
		f, err := j.copyMessage()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err != nil || string(got) != text {
			t.Errorf("%d bytes, want %d: %v", len(got), len(text), err)
		}
		f.Close()
		if list, err := os.ReadDir(temp); err != nil || len(list) > 0 {
			t.Errorf("left in the temporary directory: %v, %v", list, err)
		}
		j.o.TempDir = filepath.Join(temp, "missing")
		if f, err := j.copyMessage(); !errors.Is(err, ErrNoCopy) {
			t.Errorf("without any room: %v, %v", f, err)
		}
	}
}

// TestCompleteWithoutProc checks that without /proc the command gets the writer's
// descriptor. The text is complete, reading begins at its start, and a file in memory
// cannot be written any more.
func TestCompleteWithoutProc(t *testing.T) {
	t.Parallel()
	w, _, err := memoryFile()
	if err != nil {
		t.Skip(err)
	}
	if _, err := w.WriteString("text"); err != nil {
		t.Fatal(err)
	}
	seal(w)
	f, err := completed(w, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := io.ReadAll(f); err != nil || string(got) != "text" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := f.WriteAt([]byte("x"), 0); err == nil {
		t.Error("it can be written")
	}
}

// TestMetadataFile checks that the metadata is in the temporary directory, or in memory
// if the directory has no room. Either way the file has a name.
func TestMetadataFile(t *testing.T) {
	t.Parallel()
	_, claim := claimOf(t, "Subject: x\n\n")
	temp := t.TempDir()
	for _, dir := range []string{temp, filepath.Join(temp, "missing")} {
		m, err := writeMetadata(dir, claim.Content)
		if errors.Is(err, ErrNoCopy) && dir != temp {
			t.Skip("no files in memory: ", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(m.path); err != nil || !strings.Contains(string(text), `"version":3`) || !filepath.IsAbs(m.path) {
			t.Errorf("%s: %q, %v", m.path, text, err)
		}
		m.remove()
		if _, err := os.Stat(m.path); err == nil {
			t.Errorf("%s is left behind", m.path)
		}
	}
}
