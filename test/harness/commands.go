// Package harness is what the end-to-end tests share: it builds the commands, makes
// queues to use them on, and reads what is in a queue without the commands.
package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"switchboard/test/checkout"
	"switchboard/test/harness/kernel"
)

// Tags are the build tags that the commands are shipped with.
const Tags = "urfave_cli_no_docs,urfave_cli_no_suggest"

// CI reports whether everything that tests need is installed, so that no test may be
// skipped: SWITCHBOARD_CI=1.
func CI() bool { return os.Getenv("SWITCHBOARD_CI") == "1" }

// Bare reports whether only that is to be tested which needs nothing but Go, make and git:
// SWITCHBOARD_BARE=1. CI does so first, as on a new user's machine, and tests everything after that.
func Bare() bool { return os.Getenv("SWITCHBOARD_BARE") == "1" }

// ErrBare is why everything else counts as missing then.
var ErrBare = errors.New("SWITCHBOARD_BARE is set")

// Needs skips the test if what it needs is missing. Under CI it fails the test.
func Needs(tb testing.TB, what string, missing error) {
	tb.Helper()
	if missing == nil && Bare() {
		missing = ErrBare
	}
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

// Main runs the tests, and then removes what Bin has built and what killed commands left
// behind. TestMain calls it, with what must be done before the tests.
func Main(m *testing.M, first ...func()) {
	kernel.Become()
	tmp, err := os.MkdirTemp("", "switchboard-test-")
	if err == nil {
		err = os.Chmod(tmp, 0o755) // some tests run as another user
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Setenv("TMPDIR", tmp)
	heedSignals()
	for _, f := range first {
		f()
	}
	status := m.Run()
	os.RemoveAll(tmp)
	os.Exit(status)
}

// Bin returns the directory of the commands: SWITCHBOARD_BIN, or else a directory for
// which they are built once per test process. It fails the test if they do not compile.
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
	// A test may run as another user later.
	os.Chmod(built.dir, 0o755)
	make := exec.Command("go", "build", "-tags", Tags, "-o", built.dir+"/", "./cmd/...")
	make.Dir = root
	make.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := make.CombinedOutput(); err != nil {
		built.err = fmt.Errorf("the commands do not build: %w\n%s", err, out)
	}
}

// Result is what a command did. Status is -1 if a signal ended it.
type Result struct {
	Out, Err string
	Status   int
}

// patience is the time after which a command counts as hanging. No command takes nearly
// as long on the slowest machine.
const patience = 10 * time.Minute

// Command returns one of the commands, not yet started. It reads no configuration, and is
// killed if it hangs.
func Command(tb testing.TB, name string, args ...string) *exec.Cmd {
	tb.Helper()
	path := filepath.Join(Bin(tb), name) // building it may take longer than any command
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	tb.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, args...)
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

// Wait starts a command with start, waits for its end, and collects its output. The error
// is one of starting it.
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

// WriteProgram makes a file that can be executed. No process starts meanwhile: until it executed
// its own program, it would have this one open for writing, and nobody could execute it.
func WriteProgram(path, text string) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, []byte(text), 0o755)
}

// heedSignals has the commands under test start with the default action for every signal,
// even if the tests run under nohup(1): a command leaves signals ignored that were ignored
// when it started. A signal that is caught here has its default action in a child.
func heedSignals() {
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
}
