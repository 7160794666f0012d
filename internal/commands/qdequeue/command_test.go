package qdequeue

import (
	"testing"

	"switchboard/test/calls"
)

func TestCalls(t *testing.T) {
	t.Parallel()
	calls.Check(t, Command, []calls.Call{
		{Args: "", Status: 64, Err: "qdequeue: missing QUEUE or ENTRY operand\n"},
		{Args: "-n 0 $D/in", Status: 64, Err: "qdequeue: option -n: COUNT must be at least 1\n"},
		{Args: "--count many $D/in", Status: 64, Err: "qdequeue: option --count: COUNT is not a whole number: \"many\"\n"},
		{Args: "-n", Status: 64, Err: "qdequeue: missing COUNT after option -n\n"},
		{Args: "-an2 $D/in", Status: 64, Err: "qdequeue: -n and -a exclude each other\n"},
		{Args: "--timeout 5s $D/in", Status: 64, Err: "qdequeue: --timeout needs -w\n"},
		{Args: "-w --timeout 5 $D/in", Status: 64, Err: "qdequeue: option --timeout: D has no unit: \"5\"; for seconds write 5s\n"},
		{Args: "-s 4/4 $D/in", Status: 64, Err: "qdequeue: option -s: I/N must be whole numbers with 0 <= I < N, and is \"4/4\"\n"},
		{Args: "$D/in $D/out", Status: 64, Err: "qdequeue: more than one QUEUE operand\n"},
		{Args: "-n 1 $D/in/$R", Status: 64, Err: "qdequeue: --count needs a QUEUE operand: all named entries are claimed\n"},
		{Args: "-w -", Status: 64, Err: "qdequeue: --wait needs a QUEUE operand: all named entries are claimed\n"},
		{Args: "$D/in", Out: "$D/in/$R.bak\n"},
		{Args: "-v -a $D/in", Out: "$D/in/$R.bak\n", Err: "qdequeue: $D/in/$R.pck -> $D/in/$R.bak\n"},
		{Args: "$D/out", Status: 1},
		{Args: "-w --timeout 0 $D/out", Status: 1},
		{Args: "-s 1/2 $D/in", Status: 1},
		{Args: "-0 -", Stdin: "$D/in/$R\x00$D/in/$F", Status: 1, Out: "$D/in/$R.bak\x00", Err: "qdequeue: $D/in/$F: is claimed, not ready\n"},
		{Args: "$D/bad/$P.psv", Status: 1, Err: "qdequeue: $D/bad/$P.psv: is preserved, not ready\n"},
		{Args: "$D/nosuch", Status: 66, Err: "qdequeue: $D/nosuch: no such queue\n"},
		{Args: "$D/m.eml", Status: 66, Err: "qdequeue: $D/m.eml: is a file, not a queue\nqdequeue: hint: an entry is named TIME+DIGEST, and .pck, .bak or .psv may follow\n"},
	})
}
