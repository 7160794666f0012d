package main

import (
	"testing"

	"switchboard/test/calls"
)

func TestCalls(t *testing.T) {
	t.Parallel()
	calls.Check(t, command, []calls.Call{
		{Args: "", Status: 64, Err: "qmove: missing option --to QUEUE\n"},
		{Args: "--to $D/out", Status: 64, Err: "qmove: missing ENTRY operand\n"},
		{Args: "--to _ $D/in/$R", Status: 64, Err: "qmove: option --to: QUEUE is empty: is a variable unset?\n"},
		{Args: "--to $D/out $D/in/$R", Out: "$D/out/$R.pck\n"},
		{Args: "-v --to $D/out $D/in/$R.pck", Out: "$D/out/$R.pck\n", Err: "qmove: $D/in/$R.pck -> $D/out/$R.pck\n"},
		{Args: "--to hold $D/in/$R", Out: "$D/hold/$R.pck\n"},
		{Args: "--to $D/in $D/bad/$P", Out: "$D/in/$P.pck\n"},
		{Args: "--to $D/in -", Stdin: "$D/bad/$P.psv\n", Out: "$D/in/$P.pck\n"},
		{Args: "-0 --to hold $D/in/$R", Out: "$D/hold/$R.pck\x00"},
		{Args: "--dry-run --to hold $D/in/$R", Err: "qmove: would move $D/in/$R.pck -> $D/hold/$R.pck\n"},
		{Args: "--to $D/nosuch $D/in/$R", Status: 66, Err: "qmove: $D/nosuch: no such queue\n"},
		{Args: "--to pg:out $D/in/$R", Status: 66, Err: "qmove: pg:out: no such queue\n"},
		{Args: "--to $D $D/in/$R", Status: 66, Err: "qmove: $D: holds queues: in, out; name one\nqmove: hint: if it is a queue all the same, give it a table in switchboard.toml(5)\n"},
		{Args: "--to $D/in $D/in/$R", Status: 65, Err: "qmove: $D/in/$R.pck: is in that queue already\n"},
		{Args: "--to in $D/in/$R", Status: 65, Err: "qmove: $D/in/$R.pck: is in that queue already\n"},
		{Args: "--to hold $D/in/$F $D/in/$R", Status: 1, Out: "$D/hold/$R.pck\n", Err: "qmove: $D/in/$F: is claimed, not ready\n"},
		{Args: "--to hold $D/in/$F.bak", Status: 1, Err: "qmove: $D/in/$F.bak: is claimed, not ready\nqmove: hint: qfinish and qrestore end a claim\n"},
		{Args: "--to hold $D/in/$P.pck", Status: 1, Err: "qmove: $D/in/$P.pck: not ready (already claimed or finished)\n"},
		{Args: "--to hold $D/in/$R.psv", Status: 1, Err: "qmove: $D/in/$R.psv: is ready, not preserved\n"},
		{Args: "--to hold $D/in/$R.pck.tmp", Status: 65, Err: "qmove: $D/in/$R.pck.tmp: is a temporary file, not an entry\n"},
		{Args: "--to hold $D/in", Status: 65, Err: "qmove: $D/in: is a directory, not an entry\nqmove: hint: qstat -e prints the paths of the entries in a queue\n"},
	})
}
