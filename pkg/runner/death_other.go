//go:build !linux

package runner

import "syscall"

// diesWith does nothing: the system cannot kill a command when this process dies.
func diesWith(*syscall.SysProcAttr) {}
