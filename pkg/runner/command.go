package runner

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
)

// Command is a program with its arguments.
type Command struct {
	// Path is the file to execute, Args its arguments, its name first.
	Path string
	Args []string
}

// Exit statuses for a command that cannot be run. They are those that POSIX gives for the
// shell, env(1), nice(1) and xargs(1).
const (
	CannotExecute = 126
	NotFound      = 127
)

// CommandError is the failure to run a command at all. It does not concern any entry.
type CommandError struct {
	Name string
	// Status is CannotExecute or NotFound.
	Status int
	Err    error
}

func (e *CommandError) Error() string { return e.Name + ": " + e.Err.Error() }
func (e *CommandError) Unwrap() error { return e.Err }

var errNotFound = errors.New("command not found")

// Find looks a command up, in PATH unless its name has a slash. The error is a
// [*CommandError].
func Find(name string, args ...string) (Command, error) {
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrDot) {
		// The user decides whether PATH has the current directory in it.
		err = nil
	}
	if err != nil {
		return Command{}, cannotRun(name, err)
	}
	return Command{Path: path, Args: append([]string{name}, args...)}, nil
}

// cannotRun makes a *CommandError of a failure to find or start a command. A lack of
// processes, memory or descriptors says nothing about the command and is not one.
func cannotRun(name string, err error) error {
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		err = lookup.Err
	}
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	switch {
	case errors.Is(err, exec.ErrNotFound), err == syscall.ENOENT, err == syscall.ENOTDIR:
		// If the file exists, ENOENT is about its interpreter.
		if _, there := os.Stat(name); there == nil && err == syscall.ENOENT {
			return &CommandError{name, CannotExecute, errors.New("its interpreter is not found")}
		}
		return &CommandError{name, NotFound, errNotFound}
	// EBADF is that of a descriptor for the command that is above the limit.
	case err == syscall.EAGAIN, err == syscall.ENOMEM, err == syscall.EMFILE, err == syscall.ENFILE, err == syscall.EBADF:
		return &os.PathError{Op: "start", Path: name, Err: err}
	case err == syscall.ENOEXEC:
		return &CommandError{name, CannotExecute, errors.New("neither a program nor a script with a #! line")}
	case errors.Is(err, fs.ErrPermission):
		return &CommandError{name, CannotExecute, errors.New("not executable")}
	}
	return &CommandError{name, CannotExecute, err}
}
