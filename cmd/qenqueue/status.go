package main

import (
	"errors"
	"io/fs"
	"syscall"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// forMailServers is the exit status. A mail server bounces a message on most
// statuses and tries again after 75, so every failure to store is 75: also those
// that only a person can mend, such as a queue that is not there or a broken
// configuration. The others mean that another try would be no better.
func forMailServers(err error) int {
	status := cmdline.Status(err)
	var in *queue.InputError
	switch input := errors.As(err, &in); {
	case status == cmdline.OK, status == cmdline.UsageError:
		return status
	case errors.Is(err, queue.ErrEmpty):
		return cmdline.DataError
	case input && isMissing(err):
		return cmdline.NoInput
	case input && status == cmdline.DataError:
		return cmdline.DataError
	}
	return cmdline.TempFail
}

// isMissing says whether a FILE that was named is not there: as a file, or as an
// entry in the state that its name says.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, queue.ErrState)
}
