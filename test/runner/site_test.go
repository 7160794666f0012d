package runner

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"switchboard/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// many returns the number of entries for a test of many entries.
func many(few int) int {
	if n, err := strconv.Atoi(os.Getenv("RUNNER_ENTRIES")); err == nil {
		return n
	}
	if harness.CI() {
		return 2000
	}
	return few
}

// site is a directory of queues, and a directory for what commands write.
type site struct {
	*testing.T
	root, out string
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{T: t, root: t.TempDir(), out: t.TempDir()}
	s.make("in")
	return s
}

func (s *site) make(name string) string {
	s.Helper()
	path := s.path(name)
	if err := os.Mkdir(path, 0o2770); err != nil {
		s.Fatal(err)
	}
	return path
}

func (s *site) path(name string) string { return filepath.Join(s.root, name) }

// fill puts n entries into the queue "in"; text returns the message of each.
func (s *site) fill(n int, text func(i int) string) {
	s.Helper()
	for i := range n {
		s.put("in", i, ".pck", text(i))
	}
}

func (s *site) put(queue string, i int, ext, text string) string {
	s.Helper()
	path, err := harness.Entry{Base: harness.Base(i), Text: []byte(text)}.Write(s.path(queue), ext)
	if err != nil {
		s.Fatal(err)
	}
	return path
}

func plain(i int) string { return fmt.Sprintf("From: a@example.com\nSubject: %d\n\ntext\n", i) }

// files returns the entries of a queue with an extension, by file base.
func (s *site) files(queue, ext string) []string {
	s.Helper()
	paths, err := filepath.Glob(filepath.Join(s.path(queue), "*"+ext))
	if err != nil {
		s.Fatal(err)
	}
	bases := make([]string, 0, len(paths))
	for _, path := range paths {
		bases = append(bases, strings.TrimSuffix(filepath.Base(path), ext))
	}
	return bases
}

// holds checks how many ready, in-flight and preserved entries a queue holds.
func (s *site) holds(queue string, ready, inFlight, preserved int) {
	s.Helper()
	got := [3]int{len(s.files(queue, ".pck")), len(s.files(queue, ".bak")), len(s.files(queue, ".psv"))}
	if got != [3]int{ready, inFlight, preserved} {
		s.Errorf("%s holds %d ready, %d in flight, %d preserved; want %d, %d, %d",
			queue, got[0], got[1], got[2], ready, inFlight, preserved)
	}
}

// patience is the time after which a command counts as hanging. It may have 10,000 commands to
// run.
const patience = 20 * time.Minute

// command returns one of our commands, in the directory of the queues. $out is the directory
// where the commands that it runs write.
func (s *site) command(name string, args ...string) *exec.Cmd {
	s.Helper()
	path := filepath.Join(harness.Bin(s), name) // which may have to be built
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	s.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = s.root
	cmd.Env = append(os.Environ(), "SWITCHBOARD_CONFIG=/dev/null", "out="+s.out, "PATH="+harness.Bin(s)+":"+os.Getenv("PATH"), "TMPDIR="+s.TempDir())
	return cmd
}

// run runs one of our commands to its end.
func (s *site) run(name string, args ...string) harness.Result {
	s.Helper()
	cmd := s.command(name, args...)
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		s.Fatal(err)
	}
	return r
}

// started is a running command, whose standard error goes to a file.
type started struct {
	*exec.Cmd
	stderr string
	ended  chan error
}

// saying returns what the command has written to standard error so far.
func (p *started) saying() string {
	b, _ := os.ReadFile(p.stderr)
	return string(b)
}

func (s *site) start(name string, args ...string) *started {
	s.Helper()
	said, err := os.CreateTemp(s.TempDir(), "stderr")
	if err != nil {
		s.Fatal(err)
	}
	p := &started{Cmd: s.command(name, args...), stderr: said.Name(), ended: make(chan error, 1)}
	// A file, not a pipe: processes that the command leaves behind may hold it open.
	p.Stderr = said
	if err := p.Start(); err != nil {
		s.Fatal(err)
	}
	said.Close()
	go func() { p.ended <- p.Wait() }()
	return p
}

// wait waits for the end of the command.
func (p *started) wait() harness.Result {
	<-p.ended
	return harness.Result{Err: p.saying(), Status: p.ProcessState.ExitCode()}
}

// want checks the exit status of a command.
func (s *site) want(r harness.Result, status int) {
	s.Helper()
	if r.Status != status {
		s.Fatalf("exit status %d, want %d\n%s", r.Status, status, r.Err)
	}
}

// log returns the lines that commands wrote into a file in $out.
func (s *site) log(name string) []string {
	s.Helper()
	b, err := os.ReadFile(filepath.Join(s.out, name))
	if err != nil && !os.IsNotExist(err) {
		s.Fatal(err)
	}
	return strings.Fields(string(b))
}

// counts returns how often each line is there.
func counts(lines []string) map[string]int {
	n := make(map[string]int)
	for _, line := range lines {
		n[line]++
	}
	return n
}

// eventually waits until is returns true. It fails the test after five minutes.
func (s *site) eventually(what string, is func() bool) {
	s.Helper()
	// What is asked may itself take minutes on a busy machine: one answer is not enough.
	deadline := time.Now().Add(5 * time.Minute)
	for tries := 1; !is(); tries++ {
		if time.Now().After(deadline) && tries > 5 {
			s.Fatalf("waited in vain for: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *site) exists(name string) bool {
	_, err := os.Stat(filepath.Join(s.out, name))
	return err == nil
}

// release makes $out/go, which commands wait for.
func (s *site) release() {
	s.Helper()
	if err := os.WriteFile(filepath.Join(s.out, "go"), nil, 0o600); err != nil {
		s.Fatal(err)
	}
}
