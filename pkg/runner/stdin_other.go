//go:build !linux

package runner

import (
	"errors"
	"os"
)

// memoryFile fails: this system has no files in memory that a command could read.
func memoryFile() (w, r *os.File, err error) { return nil, nil, errors.ErrUnsupported }

func seal(*os.File) {}

// openForReading fails: a name in /dev/fd is the same opening of the file.
func openForReading(*os.File) *os.File { return nil }

// unnamedIn fails: every file of this system begins with a name.
func unnamedIn(string) (*os.File, error) { return nil, errors.ErrUnsupported }
