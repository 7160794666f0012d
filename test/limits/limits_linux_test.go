package limits

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/test/checkout"
	"switchboard/test/harness"
)

// limit is a limit of setrlimit(2), which is swept from tiny to enough.
type limit struct {
	name string
	// option is that of prlimit(1).
	option string
	values []uint64
	// alone means that all processes of the user count, so that the command needs a user who
	// has no others.
	alone bool
	// enough is the value from which on qenqueue(1) says that qenqueue works, 0 for none.
	enough uint64
}

const mega = 1_000_000

var limits = []limit{
	// Go draws where its heap begins in 64 MiB, and the heap may need 64 MiB more.
	{name: "address space", option: "as", values: steps(1*mega, 1500*mega, 16*mega), enough: 1400 * mega},
	{name: "data", option: "data", values: slices.Concat(steps(0, 16*mega, mega/2), steps(16*mega, 200*mega, 8*mega))},
	{name: "processes", option: "nproc", values: slices.Concat(steps(0, 14, 1), steps(16, 64, 6)), alone: true, enough: 8},
	{name: "open files", option: "nofile", values: steps(0, 24, 1), enough: 9},
	{name: "file size", option: "fsize", values: slices.Concat([]uint64{0, 1, 2, 10, 100, 511, 512, 513, 4095, 4096, 4097}, steps(8191, 110_000, 8191))},
}

// steps returns the numbers from first to last, step apart.
func steps(first, last, step uint64) (list []uint64) {
	for n := first; n <= last; n += step {
		list = append(list, n)
	}
	return list
}

// TestLimits runs each command under each value of each limit. qenqueue gives 75 or dies of a
// signal; only the Go runtime, if it fails before the command has begun, gives 2. CI tries every value with
// qenqueue and one in five with the others, and make test fewer.
func TestLimits(t *testing.T) {
	t.Parallel()
	prlimit, err := exec.LookPath("prlimit")
	harness.Needs(t, "prlimit", err)
	for _, l := range limits {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			before := []string{prlimit}
			owner := os.Getuid()
			if l.alone {
				if owner != 0 {
					harness.Needs(t, "a user without other processes", errors.New("not root"))
				}
				setpriv, err := exec.LookPath("setpriv")
				harness.Needs(t, "setpriv", err)
				owner = 1<<20 + rand.IntN(1<<20)
				id := strconv.Itoa(owner)
				before = []string{setpriv, "--reuid=" + id, "--regid=" + id, "--clear-groups", prlimit}
			}
			s := sweep{T: t, dir: newDir(t), owner: owner, tally: tally{}, under: func(value uint64) ([]string, func()) {
				return append(slices.Clone(before), fmt.Sprintf("--%s=%d:%d", l.option, value, value)), func() {}
			}}
			s.all(l.values, l.enough)
		})
	}
}

// sweep runs the commands under all values of a limit.
type sweep struct {
	*testing.T
	dir   string
	owner int
	// under returns the command line that sets the limit and then becomes the command that
	// follows, and what to do after that has ended.
	under func(value uint64) (before []string, after func())
	tally tally
}

// all tries each value. From enough on, unless it is 0, qenqueue must work.
func (s *sweep) all(values []uint64, enough uint64) {
	s.Helper()
	worked := map[string]bool{}
	for _, c := range commands {
		every := 15
		switch {
		case c.name == "qenqueue" && harness.CI():
			every = 1
		case c.name == "qenqueue", harness.CI():
			every = 5
		}
		sample := harness.NewSample(s.T, s.Name()+c.String(), every)
		for i, value := range values {
			// The last value is enough for everything.
			if !sample.Has() && i < len(values)-1 {
				continue
			}
			r := s.one(c, harness.Bin(s.T), value)
			worked[c.String()] = r.Status == 0
			if c.name == "qenqueue" && enough > 0 && value >= enough && r.Status != 0 {
				s.Errorf("%v under %d, which is enough by qenqueue(1): status %d: %s", c, value, r.Status, r.Err)
			}
		}
		if !worked[c.String()] {
			s.Errorf("%v: the last value, %d, is not enough: the test does not reach the threshold", c, values[len(values)-1])
		}
	}
	s.Logf("how often each command ended with which status (-1: a signal, runtime: before it had begun)\n%s", s.tally)
	s.alias(values)
}

// one runs a command under one value.
func (s *sweep) one(c command, bin string, value uint64) harness.Result {
	s.Helper()
	dir := filepath.Join(s.dir, "queues")
	must(s.T, os.Mkdir(dir, 0o755))
	defer os.RemoveAll(dir)
	q := newQueues(s.T, dir, s.owner)
	before, after := s.under(value)
	defer after()
	r := s.run(before, c, append([]string{filepath.Join(bin, c.name)}, c.arguments(q, harness.Bin(s.T))...))
	if err := c.check(q, r); err != nil {
		s.Errorf("%v under %d, which ended with %d: %v\n%s", c, value, r.Status, err, r.Err)
	}
	end := strconv.Itoa(r.Status)
	switch {
	case runtimeFailed(r):
		end = "runtime"
	case r.Status == -1, r.Status == 0, r.Status == 75:
	case c.stores:
		if c.tells || !s.shellFails(value) {
			s.Errorf("%v under %d: status %d: %s", c, value, r.Status, r.Err)
		}
	case !slices.Contains([]int{1, 65, 66, 69, 73, 74, 77, 78}, r.Status):
		s.Errorf("%v under %d: status %d: %s", c, value, r.Status, r.Err)
	}
	s.tally.count(c, end)
	return r
}

// alias runs qenqueue-alias, which gives 75 even where the Go runtime fails, if only a shell
// can run.
func (s *sweep) alias(values []uint64) {
	s.Helper()
	root, err := checkout.Root()
	must(s.T, err)
	script, err := os.ReadFile(filepath.Join(root, "contrib", "qenqueue-alias"))
	must(s.T, err)
	dir := filepath.Join(s.dir, "alias")
	must(s.T, os.Mkdir(dir, 0o755))
	must(s.T, harness.WriteProgram(filepath.Join(dir, "qenqueue-alias"), string(script)))
	must(s.T, os.Symlink(filepath.Join(harness.Bin(s.T), "qenqueue"), filepath.Join(dir, "qenqueue")))
	sample := harness.NewSample(s.T, s.Name(), 3)
	c := command{name: "qenqueue-alias", args: "{in}", stdin: text(messages), stores: true, removes: -1}
	for _, value := range values {
		if sample.Has() {
			if r := s.one(c, dir, value); runtimeFailed(r) {
				s.Errorf("%v under %d: status %d", c, value, r.Status)
			}
		}
	}
}

// shellFails reports whether the value is too small for a shell that runs a script.
func (s *sweep) shellFails(value uint64) bool {
	s.Helper()
	script := filepath.Join(s.dir, "script")
	must(s.T, harness.WriteProgram(script, "#!/bin/sh\nexit 0\n"))
	before, after := s.under(value)
	defer after()
	return s.run(before, command{}, []string{script}).Status != 0
}

// run runs a command line behind another one, and fails the test if it hangs.
func (s *sweep) run(before []string, c command, line []string) harness.Result {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	argv := append(slices.Clone(before), line...)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGABRT) }
	cmd.Env = append(os.Environ(), "SWITCHBOARD_CONFIG=/dev/null", "TMPDIR="+s.tmp())
	cmd.Stdin = bytes.NewReader(c.stdin)
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil && !errors.Is(err, syscall.EPIPE) {
		s.Fatal(err)
	}
	if ctx.Err() != nil {
		s.Fatalf("%v hangs: %s", argv, r.Err)
	}
	return r
}

// tmp returns a directory in which the user of the commands can make files.
func (s *sweep) tmp() string {
	s.Helper()
	dir := filepath.Join(s.dir, "tmp")
	if err := os.Mkdir(dir, 0o700); err == nil {
		must(s.T, os.Chown(dir, s.owner, s.owner))
	}
	return dir
}

// runtimeFailed reports whether the Go runtime failed before the command had begun.
func runtimeFailed(r harness.Result) bool {
	return r.Status == 2 && r.Out == "" && (strings.Contains(r.Err, "runtime") || strings.Contains(r.Err, "fatal error"))
}
