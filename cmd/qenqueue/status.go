package main

import (
	"errors"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// forMailServers is the exit status: a mail server bounces mail on most, so
// that whatever is wrong with the store is 75.
func forMailServers(err error) int {
	status := cmdline.Status(err)
	var in *queue.InputError
	switch {
	case status == cmdline.OK, status == cmdline.UsageError, status == cmdline.ConfigError:
		return status
	case errors.As(err, &in) && status != cmdline.IOError, errors.Is(err, queue.ErrEmpty):
		return status // the sender's mistake: another try would be no better
	}
	return cmdline.TempFail
}
