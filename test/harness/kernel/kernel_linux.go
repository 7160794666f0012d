package kernel

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// variable, as an environment variable, makes a test's program take away the calls that
// the named kernel does not have, and become the command in its arguments.
const variable = "SWITCHBOARD_TEST_KERNEL"

// On has a command run on k. Become must be called first in the program that runs this test.
func (k Kernel) On(cmd *exec.Cmd) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd.Args[0] = cmd.Path
	cmd.Path = self
	cmd.Env = append(cmd.Environ(), k.Environ()...)
	return nil
}

// Environ is what [Become] looks for in the environment: with it, a program that calls Become
// becomes itself, on k.
func (k Kernel) Environ() []string { return []string{variable + "=" + string(k)} }

// Become becomes the command if [Kernel.On] has started this program, and then does not
// return. The filter belongs to this thread, and so to the program that it becomes and to all
// processes that this one starts. An ordinary user may install it.
func Become() {
	k := Kernel(os.Getenv(variable))
	if k == "" {
		return
	}
	runtime.LockOSThread()
	os.Unsetenv(variable)
	filter := k.Filter()
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	if err == nil {
		err = unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
	}
	if err == nil {
		err = syscall.Exec(os.Args[0], os.Args, os.Environ())
	}
	fmt.Fprintf(os.Stderr, "%s: this is not %s: %v\n", os.Args[0], k, err)
	os.Exit(255)
}

// Filter returns the program for seccomp(2) that makes a kernel of this one.
func (k Kernel) Filter() []unix.SockFilter {
	var program []unix.SockFilter
	for _, r := range rules[k] {
		program = append(program, r.filter()...)
	}
	return append(program, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
}
