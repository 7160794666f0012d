package qrun

import (
	"testing"

	"switchboard/test/calls"
)

// TestCalls has only calls that start no command: a run handles the signals and children of
// the whole process. test/runner has the other calls.
func TestCalls(t *testing.T) {
	t.Parallel()
	calls.Check(t, Command, []calls.Call{
		{Args: "", Status: 64, Err: "qrun: missing QUEUE operand\n"},
		{Args: "$D/in", Status: 64, Err: "qrun: missing COMMAND operand\n"},
		{Args: "$D/in --", Status: 64, Err: "qrun: missing COMMAND operand\n"},
		{Args: "$D/in -- _", Status: 64, Err: "qrun: operand 3 is empty: is a variable unset?\n"},
		{Args: "$D/in -v true", Status: 64, Err: "qrun: option -v after an operand: options come first, and -- ends them\n"},
		{Args: "-j 0 $D/in true", Status: 64, Err: "qrun: option -j: JOBS must be from 1 to 1000\n"},
		{Args: "-j1001 $D/in true", Status: 64, Err: "qrun: option -j: JOBS must be from 1 to 1000\n"},
		{Args: "--max-failures -1 $D/in true", Status: 64, Err: "qrun: option --max-failures: N must be at least 0\n"},
		{Args: "--max-restores 300 $D/in true", Status: 64, Err: "qrun: option --max-restores: N must be from 0 to 255\n"},
		{Args: "--keep -w $D/in true", Status: 64, Err: "qrun: --keep and -w exclude each other: --keep looks at what is there\n"},
		{Args: "--timeout soon $D/in true", Status: 64, Err: "qrun: option --timeout: D is not a duration: \"soon\"; write it like 90s, 15m, 1h30m, 7d, 2w\n"},
		{Args: "$D/nosuch true", Status: 66, Err: "qrun: $D/nosuch: no such queue\n"},
		{Args: "$D/m.eml true", Status: 66, Err: "qrun: $D/m.eml: is a file, not a queue\n"},
		{Args: "--shunt $D $D/in true", Status: 66, Err: "qrun: $D: holds queues: in, out; name one\nqrun: hint: if it is a queue all the same, give it a table in switchboard.toml(5)\n"},
		{Args: "$D/in $D/m.eml", Status: 126, Err: "qrun: $D/m.eml: not executable\n"},
		{Args: "$D/in $D/nosuch", Status: 127, Err: "qrun: $D/nosuch: command not found\n"},
	})
}
