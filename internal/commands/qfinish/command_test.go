package qfinish

import (
	"testing"

	"switchboard/test/calls"
)

func TestCalls(t *testing.T) {
	t.Parallel()
	calls.Check(t, Command, []calls.Call{
		{Args: "", Status: 64, Err: "qfinish: missing ENTRY operand\n"},
		{Args: "--preserve --requeue $D/in/$F", Status: 64, Err: "qfinish: --preserve and --requeue exclude each other\n"},
		{Args: "--bad _ --preserve $D/in/$F", Status: 64, Err: "qfinish: option --bad: DIR is empty: is a variable unset?\n"},
		{Args: "--requeue $D/in/$F", Err: ""},
		{Args: "--dry-run $D/in/$F", Err: "qfinish: would finish $D/in/$F.bak\n"},
		{Args: "--dry-run --requeue $D/in/$F.bak", Err: "qfinish: would requeue $D/in/$F.bak\n"},
		{Args: "-v --dry-run --preserve $D/in/$F $D/in/$R", Status: 1, Err: "qfinish: would preserve $D/in/$F.bak\nqfinish: $D/in/$R: is ready, not claimed\n"},
		{Args: "-v $D/in/$F.bak", Err: "qfinish: removed $D/in/$F.bak\n"},
		{Args: "-v --preserve $D/in/$F", Err: "qfinish: $D/in/$F.bak -> $D/bad/$F.psv\n"},
		{Args: "--preserve --bad $D $D/in/$F", Status: 66, Err: "qfinish: $D: holds queues: in, out; name one\nqfinish: hint: if it is a queue all the same, give it a table in switchboard.toml(5)\n"},
		{Args: "$D/in/$R.pck $D/in/$F", Status: 1, Err: "qfinish: $D/in/$R.pck: is ready, not claimed\n"},
		{Args: "--preserve $D/in/$R $D/in/$F", Status: 1, Err: "qfinish: $D/in/$R: is ready, not claimed\n"},
		{Args: "$D/bad/$P.psv", Status: 1, Err: "qfinish: $D/bad/$P.psv: is preserved, not claimed\n"},
		{Args: "$D/in/$P.bak", Status: 1, Err: "qfinish: $D/in/$P.bak: not claimed (already finished or restored)\n"},
		{Args: "-", Stdin: "$D/nosuch/$F.bak\n$D/in/$F.bak\n", Status: 66, Err: "qfinish: $D/nosuch: no such queue\n"},
		{Args: "$D/in", Status: 65, Err: "qfinish: $D/in: is a directory, not an entry\nqfinish: hint: qstat -e prints the paths of the entries in a queue\n"},
	})
}
