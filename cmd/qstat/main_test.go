package main

import (
	"testing"

	"switchboard/test/calls"
)

func TestCalls(t *testing.T) {
	t.Parallel()
	const states = "STATE must be ready, inflight, preserved, temporary, stray or any\n"
	calls.Check(t, command, []calls.Call{
		{Args: "", Status: 64, Err: "qstat: missing QUEUE or ENTRY operand: the configuration names no queue\n"},
		{Args: "-le $D/in", Status: 64, Err: "qstat: -l, -e, --count, --check, --names and the thresholds exclude each other\n"},
		{Args: "--check -w 1h $D/in", Status: 64, Err: "qstat: -l, -e, --count, --check, --names and the thresholds exclude each other\n"},
		{Args: "--list staff $D/in", Status: 64, Err: "qstat: the options that choose among entries need -l, -e or --count\n"},
		{Args: "--older-than 1h $D/in", Status: 64, Err: "qstat: the options that choose among entries need -l, -e or --count\n"},
		{Args: "--state ready $D/in", Status: 64, Err: "qstat: --state needs -l, -e or a threshold\n"},
		{Args: "-l --state done $D/in", Status: 64, Err: "qstat: option --state: " + states},
		{Args: "--count done $D/in", Status: 64, Err: "qstat: option --count: " + states},
		{Args: "--header --json $D/in", Status: 64, Err: "qstat: --header is for the tables: of queues, and with -l of entries\n"},
		{Args: "--check -s 0/2 $D/in", Status: 64, Err: "qstat: --check and --slice exclude each other: strays are in no slice\n"},
		{Args: "--names $D/in", Status: 64, Err: "qstat: --names takes no operand\n"},
		{Args: "--count any $D/in/$R", Status: 64, Err: "qstat: $D/in/$R: --count needs a QUEUE, not an entry\n"},
		{Args: "-list $D/in", Status: 64, Err: "qstat: -list: a long option takes two dashes: --list\n"},
		{Args: "--count any $D/in $D/out", Out: "2\n0\n"},
		{Args: "-e $D/in", Out: "$D/in/$R.pck\n"},
		{Args: "-e --state any -s 0/1 $D/in", Out: "$D/in/$R.pck\n$D/in/$F.bak\n"},
		{Args: "-e --list other $D/in", Err: ""},
		{Args: "-e --list other --count any $D/in", Status: 64, Err: "qstat: -l, -e, --count, --check, --names and the thresholds exclude each other\n"},
		{Args: "-w 1h --subject x $D/in", Status: 64, Err: "qstat: the options that choose among entries need -l, -e or --count\n"},
		{Args: "-e --sender x(b $D/in", Status: 64, Err: "qstat: option --sender: RE is wrong at character 1: missing closing ): \"x(b\"\n"},
		{Args: "-e --subject _ $D/in", Status: 64, Err: "qstat: option --subject: RE is empty: is a variable unset?\n"},
		{Args: "-l --subject x $D/in/$R", Status: 64, Err: "qstat: $D/in/$R: the options that choose need a QUEUE, not an entry\n"},
		{Args: "-e -s 0/2 -", Stdin: "$D/in/$R\n", Status: 64, Err: "qstat: $D/in/$R: the options that choose need a QUEUE, not an entry\n"},
		{Args: "-e --state any --subject ^HELLO$ $D/in $D/bad", Out: "$D/in/$R.pck\n$D/in/$F.bak\n$D/bad/$P.psv\n"},
		{Args: "-e --state inflight --subject hello $D/in", Out: "$D/in/$F.bak\n"},
		{Args: "-e --subject nothing $D/in", Err: ""},
		{Args: "-e --newer-than 1h $D/in", Err: ""},
		{Args: "-e --older-than 1h --larger-than 10 --smaller-than 1M $D/in", Out: "$D/in/$R.pck\n"},
		{Args: "-e --larger-than 1M $D/in", Err: ""},
		{Args: "--count any --subject hello --restores 1 $D/in", Out: "0\n"},
		{Args: "--count any --subject hello $D/in", Out: "2\n"},
		{Args: "--count any --subject hello --json $D/in", Out: "{\"any\":2,\"queue\":\"$D/in\"}\n"},
		{Args: "-l $D/bad", Err: "qstat: $D/bad: nothing ready, 1 preserved\nqstat: hint: --state any shows all entries\n"},
		{Args: "--count preserved --json -", Stdin: "$D/bad\n", Out: "{\"preserved\":1,\"queue\":\"$D/bad\"}\n"},
		{Args: "$D/out", Out: "0\t0\t0\t0\t0\t-\t-\t$D/out\n"},
		{Args: "--check $D $D/out", Status: 66, Err: "qstat: $D: holds queues: in, out; name one\nqstat: hint: if it is a queue all the same, give it a table in switchboard.toml(5)\n"},
		{Args: "$D/nosuch $D/out", Status: 66, Out: "0\t0\t0\t0\t0\t-\t-\t$D/out\n", Err: "qstat: $D/nosuch: no such queue\n"},
		{Args: "$D/in/$P", Status: 1, Err: "qstat: $D/in/$P: no such entry\n"},
		// A monitor is told of everything in its one line.
		{Args: "-w 5 $D/out", Status: 3, Out: "QUEUE UNKNOWN - option --warning: D has no unit: \"5\"; for seconds write 5s\n"},
		{Args: "-w 2h -c 1h $D/out", Status: 3, Out: "QUEUE UNKNOWN - -w must not be more than -c: critical comes after warning\n"},
		{Args: "--warning-count many $D/out", Status: 3, Out: "QUEUE UNKNOWN - --warning-count: N must be a number of at least 1\n"},
		{Args: "--critical-count 1 $D/out", Out: "QUEUE OK - nothing ready, 0 ready, 0 in flight, 0 preserved | age=0s;;;0 ready=0;;;0 inflight=0;;;0 preserved=0;;;0 entries=0;;1;0\n"},
	})
}
