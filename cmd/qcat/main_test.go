package main

import (
	"testing"

	"switchboard/test/calls"
)

func TestCalls(t *testing.T) {
	t.Parallel()
	calls.Check(t, command, []calls.Call{
		{Args: "", Status: 64, Err: "qcat: missing ENTRY operand\n"},
		{Args: "_", Status: 64, Err: "qcat: operand 1 is empty: is a variable unset?\n"},
		{Args: "-m --json $D/in/$R", Status: 64, Err: "qcat: -H, -m, --json and --raw exclude each other\n"},
		{Args: "-x", Status: 64, Err: "qcat: unknown option -x\n"},
		{Args: "--header=yes $D/in/$R", Status: 64, Err: "qcat: option --header takes no value\n"},
		{Args: "$D/in/$R.pck -H", Status: 64, Err: "qcat: option -H after an operand: options come first, and -- ends them\n"},
		{Args: "$D/in/$R", Out: "Subject: hello\n\nbody\n"},
		{Args: "-H $D/in/$F.bak", Out: "Subject: hello\n"},
		{Args: "-0m -", Stdin: "$D/bad/$P.psv\x00", Out: `{"listname":"test.example","version":3,"_parsemsg":true}` + "\x00"},
		{Args: "-", Stdin: "\n$D/in/$R\n", Status: 64, Out: "Subject: hello\n\nbody\n", Err: "qcat: standard input: record 1 is empty: is a variable unset?\n"},
		{Args: "$D/in/$R.bak $D/in/$F", Status: 1, Out: "Subject: hello\n\nbody\n", Err: "qcat: $D/in/$R.bak: not claimed (already finished or restored)\n"},
		{Args: "$D/in/$P", Status: 1, Err: "qcat: $D/in/$P: no such entry\n"},
		{Args: "$D/nosuch/$R.pck", Status: 66, Err: "qcat: $D/nosuch: no such queue\n"},
		{Args: "$D/in", Status: 65, Err: "qcat: $D/in: is a directory, not an entry\nqcat: hint: qstat -e prints the paths of the entries in a queue\n"},
		{Args: "$D/m.eml", Status: 65, Err: "qcat: $D/m.eml: is not the name of an entry\nqcat: hint: an entry is named TIME+DIGEST, and .pck, .bak or .psv may follow\n"},
		{Args: "--config $D/nosuch.toml $D/in/$R", Status: 78, Err: "qcat: $D/nosuch.toml: no such file or directory\n"},
	})
}
