package cmdline

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"switchboard/pkg/config"
	"switchboard/pkg/mbox"
	"switchboard/pkg/queue"
	"switchboard/pkg/site"
)

// The exit statuses, which are those of sysexits.h except for Nothing.
const (
	OK          = 0
	Nothing     = 1  // nothing to claim, or a named entry is not in the state asked for
	UsageError  = 64 // EX_USAGE
	DataError   = 65 // EX_DATAERR
	NoInput     = 66 // EX_NOINPUT
	Unavailable = 69 // EX_UNAVAILABLE
	CantCreate  = 73 // EX_CANTCREAT
	IOError     = 74 // EX_IOERR
	TempFail    = 75 // EX_TEMPFAIL
	NoPerm      = 77 // EX_NOPERM
	ConfigError = 78 // EX_CONFIG
)

// severity orders statuses. After several failures the exit status is the one that comes
// last here.
var severity = []int{OK, Nothing, NoInput, DataError, Unavailable, CantCreate, NoPerm, TempFail, IOError, ConfigError, UsageError}

// Worse returns the worse of two statuses.
func Worse(a, b int) int {
	for _, s := range severity {
		if s == a {
			return b
		}
		if s == b {
			return a
		}
	}
	return a
}

// usage is an error in the command line.
type usage struct{ error }

// Usagef makes an error that exits with 64.
func Usagef(format string, args ...any) error { return usage{fmt.Errorf(format, args...)} }

// outputError is a failure to write standard output.
type outputError struct{ err error }

func (e outputError) Error() string { return "standard output: " + cause(e.err) }
func (e outputError) Unwrap() error { return e.err }

// Status returns the exit status of an error.
func Status(err error) int {
	var (
		use     usage
		missing notInstalled
	)
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case err == nil:
		return OK
	case errors.As(err, &use):
		return UsageError
	case errors.As(err, &missing), is(queue.ErrUnreachable):
		return Unavailable
	case is(queue.ErrUnknown), is(queue.ErrLater):
		return TempFail
	case is(queue.ErrSetup):
		return ConfigError
	case IsOutput(err):
		return IOError
	case is(config.Err):
		return ConfigError
	case is(site.ErrRunning), is(queue.ErrBusy), is(queue.ErrRecent):
		return TempFail
	case is(queue.ErrState):
		return Nothing
	case is(queue.ErrConflict), is(queue.ErrMalformed), is(queue.ErrStray), is(queue.ErrOrigin), is(queue.ErrEmpty), is(mbox.ErrFormat):
		return DataError
	case is(syscall.ENOSPC), is(syscall.EDQUOT), is(syscall.EMFILE), is(syscall.ENFILE), is(syscall.EAGAIN), is(syscall.EBUSY), is(syscall.ENOMEM):
		return TempFail
	case is(fs.ErrPermission):
		return NoPerm
	case is(queue.ErrCreate), is(fs.ErrExist):
		return CantCreate
	case is(queue.ErrNotQueue), is(fs.ErrNotExist), is(syscall.ENOTDIR), is(syscall.ESTALE):
		return NoInput
	}
	return IOError
}
