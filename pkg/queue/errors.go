package queue

import (
	"errors"
	"strconv"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// Errors to test for with errors.Is, as well as ErrFlush, the errors of package io/fs and
// those of the system.
var (
	// ErrState means that a named entry is not in the state asked for.
	ErrState = errors.New("not in the state asked for")
	// ErrConflict means that a move would have overwritten another file.
	ErrConflict = errors.New("a file of that name exists; both are kept")
	// ErrMalformed means that an entry is not two pickles of mail and metadata.
	ErrMalformed = message.ErrMalformed
	// ErrStray means that a named file is not an entry: it is a link, a FIFO, a
	// directory or a misnamed file.
	ErrStray = errors.New("is not a regular file")
	// ErrNotQueue means that a directory is not a queue.
	ErrNotQueue = errors.New("not a queue")
	// ErrBusy means that another process has locked an entry or a slice.
	ErrBusy = errors.New("locked by another process")
	// ErrRecent means that an entry was claimed too recently to be restored.
	ErrRecent = errors.New("was claimed too recently")
	// ErrCreate means that a directory could not be made.
	ErrCreate = errors.New("cannot create")
	// ErrEmpty means that a message has no bytes.
	ErrEmpty = errors.New("empty message")
	// ErrUnreachable means that no server of the queue answers. Nothing was changed.
	ErrUnreachable = errors.New("no server answers")
	// ErrUnknown means that the server did not say whether it made a change, or that the
	// change may not be durable.
	ErrUnknown = errors.New("the outcome is unknown")
	// ErrLater means that the server of the queue is too busy or has no room. Nothing was
	// changed.
	ErrLater = errors.New("try again later")
	// ErrSetup means that the server of the queue is not set up, or does not keep what is
	// promised.
	ErrSetup = errors.New("configuration error")
	// ErrOrigin means that the whichq of an entry does not name a queue to go back to.
	ErrOrigin = errors.New("no origin to go back to")
)

// Error is a failure that concerns one file. Its text is "PATH: CAUSE".
type Error struct {
	Path string
	Err  error
	// Remedy tells a person what to do about it. It may be "".
	Remedy string
}

func (e *Error) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Cause returns err without the path of an [*Error], for messages that have named the path
// already.
func Cause(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// remedyOf returns the remedy of an error, or "".
func remedyOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Remedy
	}
	return ""
}

// Crowded reports whether an error means that too many files are open. Closing a claim
// helps.
func Crowded(err error) bool {
	return disk.TooManyFiles(err)
}

// Unavailable reports whether an error is one of a server that a later try may not have.
func Unavailable(err error) bool {
	return errors.Is(err, ErrUnreachable) || errors.Is(err, ErrLater) || errors.Is(err, ErrUnknown)
}

// quote makes untrusted data safe to print: on one line, and cut off if it is long.
func quote(s string) string {
	const enough = 200
	if len(s) > enough {
		return strconv.Quote(s[:enough]) + "..."
	}
	return strconv.Quote(s)
}

// firstError returns err, or otherwise if err is nil.
func firstError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
