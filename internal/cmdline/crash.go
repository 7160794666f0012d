package cmdline

import (
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// dieBySignal makes a failure of the Go runtime, such as no memory or no more threads,
// end the command by SIGABRT. By default the runtime exits with 2. Mail servers bounce
// the message on that, but most try again after a signal. A failure before main, while
// the runtime starts, still exits with 2.
func dieBySignal(c Command) {
	debug.SetTraceback("crash")
	if c.Runs {
		return // COMMAND would inherit the limit
	}
	// The trace on standard error is enough. A core dump has a gigabyte of address
	// space, and a busy mail server would cause one per message.
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		return
	}
	limit.Cur = min(limit.Cur, coreLimit)
	unix.Setrlimit(unix.RLIMIT_CORE, &limit)
}
