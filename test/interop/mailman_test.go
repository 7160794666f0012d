package interop

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// mailman is a real Mailman of one version in an installation of its own, at
// work behind its driver. Its methods fail the test when Mailman does.
type mailman struct {
	*testing.T
	// format is its name in our -f; listKey its metadata's key for the list.
	format, listKey string
	// root is the directory of its queues; master the pid file of its master.
	root, master string
	// slices are numbers of slices that it can divide a queue into.
	slices []int

	*driver
}

// driver is the process behind a mailman.
type driver struct {
	mu      sync.Mutex
	in      io.Writer
	answers *json.Decoder
}

// object is a JSON object with its numbers as they are written.
type object = map[string]any

// eachMailman runs the test with every Mailman there is, each in a fresh
// installation.
func eachMailman(t *testing.T, test func(m *mailman)) {
	t.Helper()
	t.Parallel()
	for _, format := range []string{"mailman2", "mailman3"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			test(startMailman(t, format, nil))
		})
	}
}

// startMailman starts the driver, as the user asked for. The test is skipped
// when that Mailman is not on the machine.
func startMailman(t *testing.T, format string, as *syscall.Credential) *mailman {
	t.Helper()
	m := &mailman{T: t, format: format}
	base := tempDir(t)
	var cmd *exec.Cmd
	if format == "mailman2" {
		source := os.Getenv("MAILMAN2_SRC")
		if source == "" {
			t.Skip("SKIP: MAILMAN2_SRC does not name a source tree of Mailman 2.1")
		}
		python := env("PYTHON2", "python2.7")
		needs(t, format, exec.Command(python, "-c", "import cPickle").Run())
		m.listKey, m.slices = "listname", []int{1, 2, 3, 4, 5, 7, 8}
		m.root, m.master = filepath.Join(base, "qfiles"), filepath.Join(base, "data/master-qrunner.pid")
		cmd = exec.Command(python, "mm2.py", base)
	} else {
		python := env("PYTHON3", "/usr/bin/python3")
		needs(t, format, exec.Command(python, "-c", "import mailman.core.switchboard").Run())
		m.listKey, m.slices = "listid", []int{1, 2, 4, 8}
		m.root, m.master = filepath.Join(base, "queue"), filepath.Join(base, "master.pid")
		cmd = exec.Command(python, "mm3.py", base)
	}
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	var said strings.Builder
	cmd.Stderr = &said
	if as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
		if err := os.Chown(base, int(as.Uid), int(as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
		if t.Failed() && said.Len() > 0 {
			t.Logf("the driver said:\n%s", said.String())
		}
	})
	m.driver = &driver{in: in, answers: json.NewDecoder(bufio.NewReader(out))}
	m.answers.UseNumber()
	t.Log(m.call("version", nil))
	m.call("files", object{"queue": "in"}) // which makes the queue
	m.call("files", object{"queue": "bad"})
	return m
}

// with is the same Mailman on behalf of a subtest, which may leave its queues
// in disorder: the next one finds them empty.
func (m *mailman) with(t *testing.T) *mailman {
	n := *m
	n.T = t
	t.Cleanup(func() {
		left, _ := filepath.Glob(m.root + "/*/*+*")
		for _, name := range left {
			os.Remove(name)
		}
	})
	return &n
}

// call has the driver do one operation.
func (m *mailman) call(op string, args object) object {
	m.Helper()
	answer, err := m.try(op, args)
	if err != nil {
		m.Fatalf("%s %v: %v", op, args, err)
	}
	return answer
}

// try is call for an operation that may fail.
func (m *driver) try(op string, args object) (object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	request := object{"op": op}
	for k, v := range args {
		request[k] = v
	}
	line, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	if _, err := m.in.Write(append(line, '\n')); err != nil {
		return nil, err
	}
	var answer object
	if err := m.answers.Decode(&answer); err != nil {
		return nil, err
	}
	if cause, ok := answer["error"]; ok {
		return nil, errors.New(cause.(string))
	}
	return answer, nil
}

// enqueue has the real Switchboard enqueue data, as text or as a parsed
// message, and returns the file base.
func (m *mailman) enqueue(queue string, data []byte, text bool, meta object) string {
	m.Helper()
	full := object{m.listKey: "test.example"}
	for k, v := range meta {
		full[k] = v
	}
	return m.call("enqueue", object{"queue": queue, "msg": data, "plaintext": text, "meta": full})["base"].(string)
}

// files lists a queue as the real Switchboard does.
func (m *mailman) files(args object) []string {
	m.Helper()
	bases := []string{}
	for _, base := range m.call("files", args)["files"].([]any) {
		bases = append(bases, base.(string))
	}
	return bases
}

// get is what Python itself loads from a queue file: the message, flattened
// or as text, and the metadata.
func (m *mailman) get(path string) ([]byte, object) {
	m.Helper()
	answer := m.call("get", object{"path": path})
	return unbase64(m.T, answer["msg"]), answer["meta"].(object)
}

// queue is the directory of a queue, path that of one of its files.
func (m *mailman) queue(name string) string { return filepath.Join(m.root, name) }

func (m *mailman) path(queue, base, ext string) string {
	return filepath.Join(m.root, queue, base+ext)
}

// needs skips the test when what it needs is missing; where everything is
// installed, SWITCHBOARD_CI=1 makes that a failure.
func needs(t *testing.T, what string, missing error) {
	t.Helper()
	if missing == nil {
		return
	}
	if os.Getenv("SWITCHBOARD_CI") == "1" {
		t.Fatalf("%s: %v", what, missing)
	}
	t.Skipf("SKIP: %s: %v", what, missing)
}

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
