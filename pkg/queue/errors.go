package queue

import (
	"errors"
	"strconv"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// What errors.Is finds in the errors of this package, beside ErrFlush,
// those of package io/fs and the system's own.
var (
	// ErrState is a named entry that is not in the state asked for.
	ErrState = errors.New("not in the state asked for")
	// ErrConflict is a move that would have overwritten another file.
	ErrConflict = errors.New("a file of that name exists; both are kept")
	// ErrMalformed is an entry that is not two pickles of mail and metadata.
	ErrMalformed = message.ErrMalformed
	// ErrStray is a named file that is not an entry: a link, a FIFO, a directory
	// or a misnamed file.
	ErrStray = errors.New("is not a regular file")
	// ErrNotQueue is a directory that is not a queue.
	ErrNotQueue = errors.New("not a queue")
	// ErrBusy is an entry or a slice that another process holds a lock on.
	ErrBusy = errors.New("locked by another process")
	// ErrRecent is an entry claimed too recently to be restored.
	ErrRecent = errors.New("was claimed too recently")
	// ErrCreate is a directory that could not be made.
	ErrCreate = errors.New("cannot create")
	// ErrEmpty is a message of no bytes.
	ErrEmpty = errors.New("empty message")
	// ErrOrigin is an entry whose whichq names no queue it could go back to.
	ErrOrigin = errors.New("no origin to go back to")
)

// Error is a failure with one file. Its text is "PATH: CAUSE".
type Error struct {
	Path string
	Err  error
	// Remedy is what a person can do about it, "" where nothing is obvious.
	Remedy string
}

func (e *Error) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Cause is what went wrong, without the path that an *Error begins with: for
// where that has been told.
func Cause(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// remedyOf is the remedy that an error has, or "".
func remedyOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Remedy
	}
	return ""
}

// Crowded says whether an error is that too many files are open: closing a claim
// helps.
func Crowded(err error) bool {
	return disk.TooManyFiles(err)
}

// quote shows data of unknown authors on one line, and no more of it than a
// person wants to see.
func quote(s string) string {
	const enough = 200
	if len(s) > enough {
		return strconv.Quote(s[:enough]) + "..."
	}
	return strconv.Quote(s)
}

// firstError is the first error that is one.
func firstError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
