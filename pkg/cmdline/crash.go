package cmdline

import (
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// dieBySignal makes failures of the Go runtime itself, such as no memory or no more
// threads, end the command by SIGABRT. By default the runtime exits with 2, which
// mail servers take for a refusal and bounce on; most try again after a signal.
// Failures before main, while the runtime starts, still exit with 2.
func dieBySignal(c Command) {
	debug.SetTraceback("crash")
	if c.Runs {
		return // COMMAND would inherit the limit
	}
	// The trace on standard error says all: a core dump of a gigabyte of address
	// space for each message of a busy mail server would not.
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		return
	}
	limit.Cur = min(limit.Cur, coreLimit)
	unix.Setrlimit(unix.RLIMIT_CORE, &limit)
}
