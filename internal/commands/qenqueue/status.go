package qenqueue

import (
	"errors"
	"io/fs"
	"syscall"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
)

// status returns the exit status of an error. A mail server tries again after 75 and bounces
// the message on most other statuses. So every failure to store is 75, even if only a person
// can fix it, such as a missing queue or a broken configuration. The other statuses mean that
// another try would not help.
func (o *options) status(err error) int {
	status := cmdline.Status(err)
	switch _, input := errors.AsType[inputError](err); {
	case status == cmdline.OK, status == cmdline.UsageError:
		return status
	case errors.Is(err, queue.ErrEmpty), o.base.Given && errors.Is(err, queue.ErrConflict):
		return cmdline.DataError
	case input && isMissing(err):
		return cmdline.NoInput
	case input && status == cmdline.DataError:
		return cmdline.DataError
	}
	return cmdline.TempFail
}

// isMissing reports whether a FILE does not exist, or is an entry that is not in the state
// that its extension gives.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, queue.ErrState)
}
