package qdiscard

import (
	"testing"

	"switchboard/test/calls"
)

func TestCalls(t *testing.T) {
	t.Parallel()
	calls.Check(t, Command, []calls.Call{
		{Args: "", Status: 64, Err: "qdiscard: missing ENTRY or QUEUE operand\n"},
		{Args: "$D/in/$R", Err: "qdiscard: 1 discarded\n"},
		{Args: "-v $D/in/$R.pck", Err: "qdiscard: removed $D/in/$R.pck\nqdiscard: 1 discarded\n"},
		{Args: "$D/bad/$P", Err: "qdiscard: 1 discarded\n"},
		{Args: "-", Stdin: "$D/in/$R\n$D/bad/$P.psv\n", Err: "qdiscard: 2 discarded\n"},
		{Args: "--dry-run $D/in/$R $D/bad/$P", Err: "qdiscard: would discard $D/in/$R.pck\nqdiscard: would discard $D/bad/$P.psv\n"},
		{Args: "$D/in/$F", Status: 1, Err: "qdiscard: $D/in/$F: is claimed, not ready\n"},
		{Args: "$D/in/$F.bak", Status: 1, Err: "qdiscard: $D/in/$F.bak: is claimed, not ready\nqdiscard: hint: qfinish and qrestore end a claim\n"},
		{Args: "$D/nosuch/$R", Status: 66, Err: "qdiscard: $D/nosuch: no such queue\n"},
		{Args: "$D/in", Status: 64, Err: "qdiscard: $D/in is a queue: choose among its entries, by --list, --older-than or others\n"},
		{Args: "--state any $D/in", Status: 64, Err: "qdiscard: $D/in is a queue: choose among its entries, by --list, --older-than or others\n"},
		{Args: "--subject hello $D/in", Err: "qdiscard: 1 discarded\n"},
		{Args: "--subject other $D/in", Err: ""},
		{Args: "--dry-run --state any --newer-than 9999w $D/bad $D/in", Err: "qdiscard: would discard $D/bad/$P.psv\nqdiscard: would discard $D/in/$R.pck\n"},
	})
}
