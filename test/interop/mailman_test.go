package interop

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"switchboard/test/harness"
)

// mailman is a real Mailman of one version, in an installation of its own, which a driver
// runs. Its methods fail the test if Mailman fails.
type mailman struct {
	*testing.T
	*harness.Mailman
	// format is its name for our -f; listKey is the metadata key of the list.
	format, listKey string
	// master is the path of its master's pid file.
	master string
	// slices are numbers of slices into which it can divide a queue.
	slices []int
}

// object is a JSON object.
type object = map[string]any

// eachMailman runs the test with every Mailman on the machine, each in a new installation.
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

// startMailman starts the driver as the given user. If that Mailman is not on the machine,
// the test is skipped.
func startMailman(t *testing.T, format string, as *syscall.Credential) *mailman {
	t.Helper()
	base := tempDir(t)
	if as != nil {
		if err := os.Chown(base, int(as.Uid), int(as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	start := func(queues string, args ...string) *harness.Mailman {
		cmd := exec.Command(args[0], append(args[1:], base)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
		return harness.Drive(t, filepath.Join(base, queues), cmd)
	}
	m := &mailman{T: t, format: format}
	if format == "mailman2" {
		m.listKey, m.slices = "listname", []int{1, 2, 3, 4, 5, 7, 8}
		m.master = filepath.Join(base, "data/master-qrunner.pid")
		m.Mailman = start("qfiles", python2(t, as), "mm2.py")
	} else {
		python, err := harness.Python3()
		harness.Needs(t, format, err)
		m.listKey, m.slices = "listid", []int{1, 2, 4, 8}
		m.master = filepath.Join(base, "master.pid")
		m.Mailman = start("queue", python, "mm3.py")
	}
	for _, queue := range []string{"in", "bad"} {
		m.call("files", object{"queue": queue}) // this makes the queue
	}
	return m
}

// python2 returns an interpreter for Mailman 2.1 that the user can run. Without one the
// test is skipped even under CI, because there is no package of it.
func python2(t *testing.T, as *syscall.Credential) string {
	t.Helper()
	if os.Getenv("MAILMAN2_SRC") == "" {
		t.Skip("SKIP: MAILMAN2_SRC does not name a source tree of Mailman 2.1")
	}
	python := os.Getenv("PYTHON2")
	if python == "" {
		python = "python2.7"
	}
	probe := exec.Command(python, "-c", "import cPickle")
	probe.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	switch err := probe.Run(); {
	case err != nil && as == nil:
		t.Fatalf("MAILMAN2_SRC is set, and %s: %v", python, err)
	case err != nil:
		t.Skipf("SKIP: %s for another user: %v", python, err) // it may be in somebody's home
	}
	return python
}

// with returns the same Mailman for a subtest. The subtest may leave entries in the
// queues, which are then removed.
func (m *mailman) with(t *testing.T) *mailman {
	n := *m
	n.T = t
	t.Cleanup(func() {
		left, _ := filepath.Glob(m.Queues + "/*/*+*")
		for _, name := range left {
			os.Remove(name)
		}
	})
	return &n
}

// call lets the driver do one operation.
func (m *mailman) call(op string, args object) object {
	m.Helper()
	answer, err := m.Call(op, args)
	if err != nil {
		m.Fatalf("%s %v: %v", op, args, err)
	}
	return answer
}

// enqueue enqueues data with the real Switchboard, as text or as a parsed message, and
// returns the file base.
func (m *mailman) enqueue(queue string, data []byte, text bool, meta object) string {
	m.Helper()
	full := object{m.listKey: "test.example"}
	maps.Copy(full, meta)
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

// get returns what Python itself loads from a queue file: the message, flattened or as
// text, and the metadata.
func (m *mailman) get(path string) ([]byte, object) {
	m.Helper()
	answer := m.call("get", object{"path": path})
	return unbase64(m.T, answer["msg"]), answer["meta"].(object)
}

// queue returns the directory of a queue, and path that of one of its files.
func (m *mailman) queue(name string) string { return filepath.Join(m.Queues, name) }

func (m *mailman) path(queue, base, ext string) string {
	return filepath.Join(m.Queues, queue, base+ext)
}
