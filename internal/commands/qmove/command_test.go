package qmove

import (
	"testing"

	"switchboard/test/calls"
)

func TestCalls(t *testing.T) {
	t.Parallel()
	calls.Check(t, Command, []calls.Call{
		{Args: "", Status: 64, Err: "qmove: missing option --to QUEUE\n"},
		{Args: "--to $D/out", Status: 64, Err: "qmove: missing ENTRY or QUEUE operand\n"},
		{Args: "--to _ $D/in/$R", Status: 64, Err: "qmove: option --to: QUEUE is empty: is a variable unset?\n"},
		{Args: "--to $D/out $D/in/$R", Out: "$D/out/$R.pck\n"},
		{Args: "-v --to $D/out $D/in/$R.pck", Out: "$D/out/$R.pck\n", Err: "qmove: $D/in/$R.pck -> $D/out/$R.pck\n"},
		{Args: "--to hold $D/in/$R", Out: "$D/hold/$R.pck\n"},
		{Args: "--to $D/in $D/bad/$P", Out: "$D/in/$P.pck\n"},
		{Args: "--to $D/in -", Stdin: "$D/bad/$P.psv\n", Out: "$D/in/$P.pck\n"},
		{Args: "-0 --to hold $D/in/$R", Out: "$D/hold/$R.pck\x00"},
		{Args: "--dry-run --to hold $D/in/$R", Err: "qmove: would move $D/in/$R.pck -> $D/hold/$R.pck\n"},
		{Args: "--to $D/nosuch $D/in/$R", Status: 66, Err: "qmove: $D/nosuch: no such queue\n"},
		{Args: "--to pg:out $D/in/$R", Status: 69, Err: "qmove: pg:out: switchboard-pg is not installed\nqmove: hint: the package switchboard-pg has it\n"},
		{Args: "--to hold pg:in/$R", Status: 69, Err: "qmove: pg:in/$R: switchboard-pg is not installed\nqmove: hint: the package switchboard-pg has it\n"},
		{Args: "--to pg:out x:in/$R", Status: 64, Err: "qmove: pg:out: is in another kind of queue than the others: name entries and queues of one kind at a time\n"},
		{Args: "--to hold $D/in/$R pg:in/$R", Status: 64, Err: "qmove: pg:in/$R: is in another kind of queue than the others: name entries and queues of one kind at a time\n"},
		{Args: "--to $D $D/in/$R", Status: 66, Err: "qmove: $D: holds queues: in, out; name one\nqmove: hint: if it is a queue all the same, give it a table in switchboard.toml(5)\n"},
		{Args: "--to $D/in $D/in/$R", Status: 65, Err: "qmove: $D/in/$R.pck: is in that queue already\n"},
		{Args: "--to in $D/in/$R", Status: 65, Err: "qmove: $D/in/$R.pck: is in that queue already\n"},
		{Args: "--to hold $D/in/$F $D/in/$R", Status: 1, Out: "$D/hold/$R.pck\n", Err: "qmove: $D/in/$F: is claimed, not ready\n"},
		{Args: "--to hold $D/in/$F.bak", Status: 1, Err: "qmove: $D/in/$F.bak: is claimed, not ready\nqmove: hint: qfinish and qrestore end a claim\n"},
		{Args: "--to hold $D/in/$P.pck", Status: 1, Err: "qmove: $D/in/$P.pck: not ready (already claimed or finished)\n"},
		{Args: "--to hold $D/in/$R.psv", Status: 1, Err: "qmove: $D/in/$R.psv: is ready, not preserved\n"},
		{Args: "--to hold $D/in/$R.pck.tmp", Status: 65, Err: "qmove: $D/in/$R.pck.tmp: is a temporary file, not an entry\n"},
		{Args: "--to hold $D/nosuch", Status: 65, Err: "qmove: $D/nosuch: is not the name of an entry\nqmove: hint: an entry is named TIME+DIGEST, and .pck, .bak or .psv may follow\n"},
		{Args: "--to hold $D/in", Status: 64, Err: "qmove: $D/in is a queue: choose among its entries, by --list, --older-than or others, or give -a for all\n"},
		{Args: "--to hold --state any -s 0/1 $D/in", Status: 64, Err: "qmove: $D/in is a queue: choose among its entries, by --list, --older-than or others, or give -a for all\n"},
		{Args: "--to hold --list staff $D/in/$R", Status: 64, Err: "qmove: $D/in/$R: the options that choose need a QUEUE, not an entry\n"},
		{Args: "--to hold -a -", Status: 64, Err: "qmove: -: the options that choose need a QUEUE, not an entry\n"},
		{Args: "--to hold -a --list staff $D/in", Status: 64, Err: "qmove: -a and the options that choose exclude each other\n"},
		{Args: "--to hold --state inflight $D/in", Status: 64, Err: "qmove: option --state: STATE must be ready, preserved or any: nobody else may take what is in flight\n"},
		{Args: "--to hold --sender x(b $D/in", Status: 64, Err: "qmove: option --sender: RE is wrong at character 1: missing closing ): \"x(b\"\n"},
		{Args: "--to hold --larger-than 1x $D/in", Status: 64, Err: "qmove: option --larger-than: SIZE is not a size: \"1x\"; write it like 2000, 500k, 1M\n"},
		{Args: "-w --to hold $D/out", Status: 64, Err: "qmove: $D/out is a queue: choose among its entries, by --list, --older-than or others, or give -a for all\n"},
		{Args: "-w --to hold $D/nosuch", Status: 64, Err: "qmove: -w needs -a for all entries, or options that choose among them\n"},
		{Args: "-w --to hold $D/in/$R", Status: 64, Err: "qmove: -w needs -a for all entries, or options that choose among them\n"},
		{Args: "-wa --to hold -", Status: 64, Err: "qmove: -: the options that choose need a QUEUE, not an entry\n"},
		{Args: "-wa --to hold --dry-run $D/in", Status: 64, Err: "qmove: --dry-run and -w exclude each other\n"},
		{Args: "-wa --to hold $D/in $D/out", Status: 64, Err: "qmove: more than one QUEUE operand with -w\n"},
		{Args: "-wa --to hold --state any $D/in", Status: 64, Err: "qmove: -w waits for ready entries: it excludes any other --state\n"},
		{Args: "-wa --to hold $D/nosuch", Status: 66, Err: "qmove: $D/nosuch: no such queue\n"},
		{Args: "-wa --to $D/nosuch $D/in", Status: 66, Err: "qmove: $D/nosuch: no such queue\n"},
		{Args: "--to hold -a $D/in", Out: "$D/hold/$R.pck\n"},
		{Args: "--to hold -a --state preserved $D/bad", Out: "$D/hold/$P.pck\n"},
		{Args: "--to hold --subject ^HELLO$ $D/in", Out: "$D/hold/$R.pck\n"},
		{Args: "--to hold --subject nothing $D/in", Out: ""},
		{Args: "--to hold --older-than 1h --smaller-than 1M $D/in $D/out", Out: "$D/hold/$R.pck\n"},
		{Args: "--to hold --restores 1 $D/in", Out: ""},
		{Args: "--to hold --list x $D/nosuch", Status: 66, Err: "qmove: $D/nosuch: no such queue\n"},
	})
}
