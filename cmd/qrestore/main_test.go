package main

import (
	"testing"

	"switchboard/test/calls"
)

func TestCalls(t *testing.T) {
	t.Parallel()
	calls.Check(t, command, []calls.Call{
		{Args: "", Status: 64, Err: "qrestore: missing QUEUE or ENTRY operand\n"},
		{Args: "--max-restores 256 $D/in", Status: 64, Err: "qrestore: option --max-restores: N must be from 0 to 255\n"},
		{Args: "--max-restores -1 $D/in", Status: 64, Err: "qrestore: option --max-restores: N must be from 0 to 255\n"},
		{Args: "--min-age 1m30 $D/in", Status: 64, Err: "qrestore: option --min-age: D is not a duration: \"1m30\"; write it like 90s, 15m, 1h30m, 7d, 2w\n"},
		{Args: "-s 0/2 $D/in/$F", Status: 64, Err: "qrestore: $D/in/$F: --slice needs a QUEUE, not an entry\n"},
		{Args: "--to $D/out $D/in", Status: 64, Err: "qrestore: $D/in: --to needs preserved entries as operands, or --origin and a shunt queue\n"},
		{Args: "--to $D/out $D/in/$F.bak", Status: 64, Err: "qrestore: $D/in/$F.bak: --to is for preserved and shunted entries\n"},
		{Args: "$D/out", Err: ""},
		{Args: "-v $D/in", Out: "$D/in/$F.pck\n", Err: "qrestore: $D/in/$F.bak -> $D/in/$F.pck\nqrestore: 1 restored, 0 released, 0 preserved, 0 left\n"},
		{Args: "-v --dry-run $D/in", Err: "qrestore: would restore $D/in/$F.bak -> $D/in/$F.pck\n"},
		{Args: "--dry-run --max-restores 1 $D/in", Err: "qrestore: would preserve $D/in/$F.bak -> $D/bad/$F.psv\n"},
		{Args: "--dry-run --to $D/out $D/bad/$P", Err: "qrestore: would release $D/bad/$P.psv -> $D/out/$P.pck\n"},
		{Args: "-v --to $D/out $D/bad/$P", Out: "$D/out/$P.pck\n", Err: "qrestore: $D/bad/$P.psv -> $D/out/$P.pck\nqrestore: 0 restored, 1 released, 0 preserved, 0 left\n"},
		{Args: "--min-age 1h $D/in", Status: 75, Err: "qrestore: $D/in/$F.bak: was claimed too recently\n"},
		{Args: "$D/in/$R", Status: 1, Err: "qrestore: $D/in/$R: is ready, not claimed\n"},
		{Args: "$D/in/$R.psv", Status: 1, Err: "qrestore: $D/in/$R.psv: is ready, not preserved\n"},
		{Args: "$D/bad/$P.psv", Status: 65, Err: "qrestore: $D/bad/$P.psv: its metadata has no whichq\nqrestore: hint: name the queue with --to\n"},
		{Args: "--to $D/nosuch $D/bad/$P.psv", Status: 66, Err: "qrestore: $D/nosuch: no such queue\n"},
		{Args: "$D/bad/*.psv", Status: 66, Err: "qrestore: $D/bad/*.psv: no such queue\nqrestore: hint: an entry is named TIME+DIGEST, and .pck, .bak or .psv may follow\n"},
		{Args: "$D/nosuch -", Stdin: "$D/in\n", Status: 66, Out: "$D/in/$F.pck\n", Err: "qrestore: $D/nosuch: no such queue\n"},
	})
}
