package qdeliver

import (
	"testing"

	"switchboard/test/calls"
)

// TestCalls has only calls that send nothing: a run handles the signals of the whole process.
func TestCalls(t *testing.T) {
	t.Parallel()
	calls.Check(t, Command, []calls.Call{
		{Args: "", Status: 64, Err: "qdeliver: missing QUEUE or ENTRY operand\n"},
		{Args: "$D/in $D/out", Status: 64, Err: "qdeliver: more than one QUEUE operand\n"},
		{Args: "_", Status: 64, Err: "qdeliver: operand 1 is empty: is a variable unset?\n"},
		{Args: "$D/in -v", Status: 64, Err: "qdeliver: option -v after an operand: options come first, and -- ends them\n"},
		{Args: "-j 0 $D/in", Status: 64, Err: "qdeliver: option -j: JOBS must be from 1 to 1000\n"},
		{Args: "--max-failures -1 $D/in", Status: 64, Err: "qdeliver: option --max-failures: N must be at least 0\n"},
		{Args: "--give-up soon $D/in", Status: 64, Err: "qdeliver: option --give-up: D is not a duration: \"soon\"; write it like 90s, 15m, 1h30m, 7d, 2w\n"},
		{Args: "--give-up 0s $D/in", Status: 64, Err: "qdeliver: option --give-up: D must be longer than 0\n"},
		{Args: "--domain a@b $D/in", Status: 64, Err: "qdeliver: option --domain: \"a@b\" is not a domain\n"},
		{Args: "--domain _ $D/in", Status: 64, Err: "qdeliver: option --domain: NAME is empty: is a variable unset?\n"},
		{Args: "--server mx.example.com $D/in", Status: 64, Err: "qdeliver: option --server: a server is smtp://HOST, smtps://HOST, lmtp://HOST (each with [USER@] before and [:PORT] after HOST) or lmtp+unix:/PATH\n"},
		{Args: "--server smtp://anne:secret@mx.example.com $D/in", Status: 64, Err: "qdeliver: option --server: a server's URL may have a user, but not a password\n"},
		{Args: "--server smtp://anne@mx.example.com $D/in", Status: 78, Err: "qdeliver: smtp://mx.example.com:25: there is no password for anne\nqdeliver: hint: set user and password-file in the table [deliver] of switchboard.toml(5)\n"},
		{Args: "-w $D/in/$R", Status: 64, Err: "qdeliver: --wait needs a QUEUE operand: all named entries are sent\n"},
		{Args: "-w --dry-run $D/in", Status: 64, Err: "qdeliver: --dry-run and -w exclude each other\n"},
		{Args: "-s 0/2 $D/in/$R", Status: 64, Err: "qdeliver: --slice needs a QUEUE operand: all named entries are sent\n"},
		{Args: "$D/nosuch", Status: 66, Err: "qdeliver: $D/nosuch: no such queue\n"},
		{Args: "$D/m.eml", Status: 66, Err: "qdeliver: $D/m.eml: is a file, not a queue\nqdeliver: hint: an entry is named TIME+DIGEST, and .pck, .bak or .psv may follow\n"},
		{Args: "--retry $D $D/in", Status: 66, Err: "qdeliver: $D: holds queues: in, out; name one\nqdeliver: hint: if it is a queue all the same, give it a table in switchboard.toml(5)\n"},
		{Args: "--dry-run $D/out", Status: 1},
		{Args: "--dry-run $D/in", Status: 65, Err: "qdeliver: $D/in/$R.pck: malformed: metadata has no recipients, as an outgoing message has\n"},
		{Args: "--dry-run $D/in/$F", Status: 1, Err: "qdeliver: $D/in/$F: is claimed, not ready\n"},
	})
}
