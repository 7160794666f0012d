package cmdline

import (
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Process is what a command gets from the system. [Main] makes one from the real process, and
// tests make one from buffers. Nothing else reads arguments, environment or standard
// input, or writes to the standard streams.
type Process struct {
	// Args is the command line. The first element is the command's name.
	Args []string
	// If a stream is an *os.File, commands also find out whether it is a terminal, a pipe
	// or closed.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Env is the environment, as os.Environ has it.
	Env []string
	// Kinds are the kinds of queues that the program can open besides directories.
	Kinds []Kind
	// Exec replaces the process by one of switchboard's own programs, args and env being
	// those of exec(3). It returns if that fails; [fs.ErrNotExist] means that the program is
	// not installed. It may be nil.
	Exec func(program string, args, env []string) error
}

// Main runs a command and exits.
func Main(c Command) {
	os.Exit(run(c, Process{Args: os.Args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.Environ(), Exec: execOwn}))
}

// Main runs a command of the program and exits.
func (p Program) Main() {
	c, args := p.command(os.Args[1:])
	os.Exit(run(c, Process{
		Args: args, Stdin: resumedStdin(), Stdout: os.Stdout, Stderr: os.Stderr,
		Env: slices.DeleteFunc(os.Environ(), isStdinVariable), Kinds: p.Kinds, Exec: execOwn,
	}))
}

// resumedStdin returns standard input, of which another program may have read something
// before it handed the command over.
func resumedStdin() io.Reader {
	fd, err := strconv.Atoi(os.Getenv(stdinVariable))
	if err != nil {
		return os.Stdin
	}
	syscall.CloseOnExec(fd)
	return resumed{fd, os.Stdin}
}

// run runs a command in this process.
func run(c Command, p Process) int {
	dieBySignal(c)
	// Without SIGPIPE a failed write returns an error: a claim that could not be printed
	// must be requeued.
	signal.Ignore(syscall.SIGPIPE)
	return Run(c, p)
}

// execOwn is [Process.Exec].
func execOwn(program string, args, env []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// The program would inherit that it is ignored.
	signal.Reset(syscall.SIGPIPE)
	defer signal.Ignore(syscall.SIGPIPE)
	for _, path := range programPlaces(self, program) {
		if err = syscall.Exec(path, args, env); err != syscall.ENOENT && err != syscall.ENOTDIR {
			return &os.PathError{Op: "exec", Path: path, Err: err}
		}
	}
	return fs.ErrNotExist
}

// Getenv returns the value of an environment variable, or "".
func (p Process) Getenv(name string) string {
	prefix := name + "="
	for _, variable := range p.Env {
		if value, ok := strings.CutPrefix(variable, prefix); ok {
			return value
		}
	}
	return ""
}

// file returns the file that a stream is, or nil.
func file(stream any) *os.File {
	f, _ := stream.(*os.File)
	return f
}

// ChildOutput returns standard output and standard error as files, for the commands that
// this one starts. If a stream is not a file, ChildOutput returns a pipe to it. release
// closes the pipes and waits until everything is copied.
func (c *Context) ChildOutput() (stdout, stderr *os.File, release func(), err error) {
	stdout, closeOut, err := asFile(c.process.Stdout)
	if err != nil {
		return nil, nil, nil, err
	}
	stderr, closeErr, err := asFile(c.process.Stderr)
	if err != nil {
		closeOut()
		return nil, nil, nil, err
	}
	return stdout, stderr, func() { closeOut(); closeErr() }, nil
}

func asFile(w io.Writer) (f *os.File, release func(), err error) {
	if f := file(w); f != nil {
		return f, func() {}, nil
	}
	r, f, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	copied := make(chan struct{})
	go func() {
		io.Copy(w, r)
		r.Close()
		close(copied)
	}()
	return f, func() { f.Close(); <-copied }, nil
}
