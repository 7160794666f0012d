package harness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/test/checkout"
)

// Mailman is a real Mailman, which a driver of test/interop runs.
type Mailman struct {
	// Queues is the directory of its queues.
	Queues string

	mu      sync.Mutex
	in      io.WriteCloser
	answers *json.Decoder
}

// Python3 returns the interpreter that has the package mailman, or an error if there is
// none.
func Python3() (string, error) {
	if Bare() {
		return "", ErrBare
	}
	python := os.Getenv("PYTHON3")
	if python == "" {
		python = "/usr/bin/python3"
	}
	if out, err := exec.Command(python, "-c", "import mailman.core.switchboard").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s has no mailman: %w: %s", python, err, lastLine(out))
	}
	return python, nil
}

func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// StartMailman3 starts a Mailman 3 whose installation is in dir. If there is none on the
// machine it returns nil, or fails the test under CI.
func StartMailman3(tb testing.TB, dir string) *Mailman {
	tb.Helper()
	python, err := Python3()
	if err != nil {
		if CI() {
			tb.Fatal(err)
		}
		tb.Logf("SKIP: Mailman 3 does not look at the queues: %v", err)
		return nil
	}
	return Drive(tb, filepath.Join(dir, "queue"), exec.Command(python, "mm3.py", dir))
}

// Drive starts a driver, a file of test/interop, and stops it when the test ends.
func Drive(tb testing.TB, queues string, cmd *exec.Cmd) *Mailman {
	tb.Helper()
	// It may run as another user, who cannot read the project.
	var err error
	if cmd.Dir, err = copyDriver(filepath.Dir(queues)); err != nil {
		tb.Fatal(err)
	}
	cmd.Env = append(cmd.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	var said strings.Builder
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		in.Close()
		// After a failed test it may still be working.
		last := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		last.Stop()
		if tb.Failed() && said.Len() > 0 {
			tb.Logf("Mailman said:\n%s", said.String())
		}
	})
	m := &Mailman{Queues: queues, in: in, answers: json.NewDecoder(out)}
	m.answers.UseNumber()
	version, err := m.Call("version", nil)
	if err != nil {
		tb.Fatalf("%s: %v", cmd, err)
	}
	tb.Logf("Mailman %v, Python %v", version["mailman"], version["python"])
	return m
}

// copyDriver copies the drivers to a new directory below parent.
func copyDriver(parent string) (dir string, err error) {
	root, err := checkout.Root()
	if err != nil {
		return "", err
	}
	dir, err = os.MkdirTemp(parent, "driver")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	scripts, err := filepath.Glob(filepath.Join(root, "test", "interop", "*.py"))
	for _, name := range scripts {
		text, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o644)
		}
		if err != nil {
			return "", err
		}
	}
	return dir, err
}

// Call lets the driver do one operation. The error is what Mailman raised.
func (m *Mailman) Call(op string, args map[string]any) (map[string]any, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	request := map[string]any{"op": op}
	maps.Copy(request, args)
	line, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	if _, err := m.in.Write(append(line, '\n')); err != nil {
		return nil, err
	}
	var answer map[string]any
	if err := m.answers.Decode(&answer); err != nil {
		return nil, err
	}
	if cause, ok := answer["error"]; ok {
		return nil, errors.New(fmt.Sprint(cause))
	}
	return answer, nil
}
