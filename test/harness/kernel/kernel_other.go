//go:build !linux

package kernel

import (
	"errors"
	"os/exec"
)

// On fails.
func (k Kernel) On(*exec.Cmd) error { return errors.ErrUnsupported }

// Become does nothing.
func Become() {}
