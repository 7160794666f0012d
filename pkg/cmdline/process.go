package cmdline

import (
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Process is what a command has from the system. Main makes it of the process that it
// is in, a test of buffers. Nothing else reads arguments, environment or standard
// input, or writes to the standard streams.
type Process struct {
	// Args is the command line, the name first.
	Args []string
	// Of a Stdin, Stdout and Stderr that are files, commands also ask whether they are
	// terminals, pipes or closed.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Env is the environment, as os.Environ has it.
	Env []string
}

// Main runs a command and exits.
func Main(c Command) {
	dieBySignal(c)
	// A failed write returns an error instead of ending the command: a claim that
	// could not be printed is requeued.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(Run(c, Process{Args: os.Args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.Environ()}))
}

// Getenv returns the value of an environment variable, or "".
func (p Process) Getenv(name string) string {
	for _, variable := range p.Env {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
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

// ChildOutput returns standard output and standard error for the commands that this
// one starts. What is not a file is written to through a pipe. release closes the
// pipes and waits until all is copied.
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
