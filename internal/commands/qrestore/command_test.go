package qrestore

import (
	"testing"

	"switchboard/test/calls"
)

func TestCalls(t *testing.T) {
	t.Parallel()
	calls.Check(t, Command, []calls.Call{
		{Args: "", Status: 64, Err: "qrestore: missing QUEUE or ENTRY operand\n"},
		{Args: "--max-restores 256 $D/in", Status: 64, Err: "qrestore: option --max-restores: N must be from 0 to 255\n"},
		{Args: "--max-restores -1 $D/in", Status: 64, Err: "qrestore: option --max-restores: N must be from 0 to 255\n"},
		{Args: "--min-age 1m30 $D/in", Status: 64, Err: "qrestore: option --min-age: D is not a duration: \"1m30\"; write it like 90s, 15m, 1h30m, 7d, 2w\n"},
		{Args: "-s 0/2 $D/in/$F", Status: 64, Err: "qrestore: $D/in/$F: the options that choose need a QUEUE, not an entry\n"},
		{Args: "--to $D/out $D/in", Status: 64, Err: "qrestore: $D/in: --to needs preserved entries, as operands or by --state preserved, or --origin and a shunt queue\n"},
		{Args: "--to $D/out $D/in/$F.bak", Status: 64, Err: "qrestore: $D/in/$F.bak: --to is for preserved and shunted entries\n"},
		{Args: "--list staff -", Stdin: "$D/in/$F\n", Status: 64, Err: "qrestore: $D/in/$F: the options that choose need a QUEUE, not an entry\n"},
		{Args: "--state temporary $D/in", Status: 64, Err: "qrestore: option --state: STATE must be inflight, ready, preserved or any\n"},
		{Args: "--state ready $D/in", Status: 64, Err: "qrestore: --state ready needs --origin and a shunt queue\n"},
		{Args: "--state any --to $D/out $D/in", Status: 64, Err: "qrestore: --state any needs --origin and a shunt queue\n"},
		{Args: "--state inflight --origin $D/in", Status: 64, Err: "qrestore: --origin is for ready and preserved entries, not for those in flight\n"},
		{Args: "--state inflight --to $D/out $D/in", Status: 64, Err: "qrestore: $D/in: --to needs preserved entries, as operands or by --state preserved, or --origin and a shunt queue\n"},
		{Args: "--to pg:out $D/bad/$P.psv", Status: 64, Err: "qrestore: --to pg:out: is in another kind of queue than the others: name entries and queues of one kind at a time; qmove moves entries from one kind to the other\n"},
		{Args: "--sender x(b $D/in", Status: 64, Err: "qrestore: option --sender: RE is wrong at character 1: missing closing ): \"x(b\"\n"},
		{Args: "--list _ $D/in", Status: 64, Err: "qrestore: option --list: LIST is empty: is a variable unset?\n"},
		{Args: "--subject ^HELLO$ $D/in", Out: "$D/in/$F.pck\n"},
		{Args: "--state inflight --older-than 1h --smaller-than 1M $D/in", Out: "$D/in/$F.pck\n"},
		{Args: "--subject nothing $D/in", Err: ""},
		{Args: "--subject hello --max-restores 1 $D/in", Out: "$D/bad/$F.psv\n", Err: "qrestore: $D/in/$F.bak: restored 1 times; preserved as $D/bad/$F.psv\n"},
		{Args: "--subject hello --min-age 1h $D/in", Status: 75, Err: "qrestore: $D/in/$F.bak: was claimed too recently\n"},
		{Args: "--subject nothing --min-age 1h $D/in", Err: ""},
		{Args: "--dry-run --subject hello $D/in", Err: "qrestore: would restore $D/in/$F.bak -> $D/in/$F.pck\n"},
		{Args: "--origin --to $D/out --subject hello $D/in", Out: "$D/out/$R.pck\n"},
		{Args: "--origin --to $D/out --state any --subject hello $D/in $D/bad", Out: "$D/out/$R.pck\n$D/out/$P.pck\n"},
		{Args: "--origin --to $D/out --state any $D/in $D/bad", Out: "$D/out/$R.pck\n$D/out/$P.pck\n"},
		{Args: "--origin --to $D/out $D/bad", Err: ""},
		{Args: "--to $D/out --state preserved $D/bad", Out: "$D/out/$P.pck\n"},
		{Args: "--to $D/out --state preserved --restores 1 $D/bad", Err: ""},
		{Args: "--state preserved $D/bad", Status: 65, Err: "qrestore: $D/bad/$P.psv: its metadata has no whichq\nqrestore: hint: name the queue with --to\n"},
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
