//go:build !linux

package runner

import (
	"errors"
	"os"
)

// memoryFile fails: this system has no such files.
func memoryFile() (w, r *os.File, err error) { return nil, nil, errors.ErrUnsupported }

func seal(*os.File) {}

// openForReading returns nil: opening a name in /dev/fd would only duplicate the
// descriptor here.
func openForReading(*os.File) *os.File { return nil }

// unnamedIn fails: this system cannot create a file without a name.
func unnamedIn(string) (*os.File, error) { return nil, errors.ErrUnsupported }
