// Package harness is what the end-to-end tests of the built commands share:
// the commands themselves, queues to use them on, and what is in a queue
// afterwards, read without them.
package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"switchboard/test/checkout"
)

// Tags are those that the commands are shipped with.
const Tags = "urfave_cli_no_docs,urfave_cli_no_suggest"

// CI says that everything a test could want is installed, and that nothing may
// be left out: SWITCHBOARD_CI=1.
func CI() bool { return os.Getenv("SWITCHBOARD_CI") == "1" }

// Needs skips the test when what it needs is missing; under CI that is a
// failure.
func Needs(tb testing.TB, what string, missing error) {
	tb.Helper()
	if missing == nil {
		return
	}
	if CI() {
		tb.Fatalf("%s: %v", what, missing)
	}
	tb.Skipf("SKIP: %s: %v", what, missing)
}

// Long skips a test that takes minutes, except under CI.
func Long(tb testing.TB) {
	tb.Helper()
	if !CI() {
		tb.Skip("SKIP: takes minutes; make test-all runs it")
	}
}

var built struct {
	sync.Once
	dir string
	err error
}

// Main runs the tests and removes what Bin has built, and what commands that were
// killed left behind. It is for TestMain.
func Main(m *testing.M) {
	tmp, err := os.MkdirTemp("", "switchboard-test-")
	if err == nil {
		err = os.Chmod(tmp, 0o755) // tests run as another user, too
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Setenv("TMPDIR", tmp)
	status := m.Run()
	os.RemoveAll(tmp)
	os.Exit(status)
}

// Bin is the directory of the commands: SWITCHBOARD_BIN, or else one in which
// they have been built, once a test process. It fails the test when they don't
// compile.
func Bin(tb testing.TB) string {
	tb.Helper()
	built.Do(build)
	if built.err != nil {
		tb.Fatal(built.err)
	}
	return built.dir
}

func build() {
	if built.dir = os.Getenv("SWITCHBOARD_BIN"); built.dir != "" {
		built.dir, built.err = filepath.Abs(built.dir)
		return
	}
	root, err := checkout.Root()
	if err == nil {
		built.dir, err = os.MkdirTemp("", "switchboard-bin-")
	}
	if err != nil {
		built.err = err
		return
	}
	// The test may run as another user later.
	os.Chmod(built.dir, 0o755)
	make := exec.Command("go", "build", "-tags", Tags, "-o", built.dir+"/", "./cmd/...")
	make.Dir = root
	make.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := make.CombinedOutput(); err != nil {
		built.err = fmt.Errorf("the commands do not build: %w\n%s", err, out)
	}
}

// Result is what a command did. Status is -1 when a signal ended it.
type Result struct {
	Out, Err string
	Status   int
}

// patience is after how long a command counts as hanging: far longer than any
// takes on the slowest machine.
const patience = 2 * time.Minute

// Command is one of the commands, not yet started. It reads no configuration,
// and it is killed should it hang.
func Command(tb testing.TB, name string, args ...string) *exec.Cmd {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	tb.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, filepath.Join(Bin(tb), name), args...)
	cmd.Env = append(os.Environ(), "SWITCHBOARD_CONFIG=/dev/null")
	return cmd
}

// Run runs one of the commands to its end.
func Run(tb testing.TB, stdin []byte, name string, args ...string) Result {
	tb.Helper()
	cmd := Command(tb, name, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	r, err := Wait(cmd, cmd.Start)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// Wait starts a command in the way given and waits for its end, its output
// being collected. An error is one to start it.
func Wait(cmd *exec.Cmd, start func() error) (Result, error) {
	var out, diag bytes.Buffer
	if cmd.Stdout == nil {
		cmd.Stdout = &out
	}
	cmd.Stderr = &diag
	if err := start(); err != nil {
		return Result{}, err
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return Result{}, err
	}
	return Result{out.String(), diag.String(), cmd.ProcessState.ExitCode()}, nil
}
