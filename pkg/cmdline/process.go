package cmdline

import (
	"io"
	"os"
	"os/signal"
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
}

// Main runs a command and exits.
func Main(c Command) {
	dieBySignal(c)
	// Without SIGPIPE a failed write returns an error: a claim that could not be printed
	// must be requeued.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(Run(c, Process{Args: os.Args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.Environ()}))
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
