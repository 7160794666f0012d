package main

import (
	"testing"

	"switchboard/test/calls"
)

func TestCalls(t *testing.T) {
	t.Parallel()
	const states = "the states are ready, inflight, preserved, temporary, stray, and any for the first three\n"
	calls.Check(t, command, []calls.Call{
		{Args: "", Status: 64, Err: "qstat: missing QUEUE or ENTRY operand: the configuration names no queue\n"},
		{Args: "-le $D/in", Status: 64, Err: "qstat: -l, -e, --count, --check, --names and the thresholds exclude each other\n"},
		{Args: "--check -w 1h $D/in", Status: 64, Err: "qstat: -l, -e, --count, --check, --names and the thresholds exclude each other\n"},
		{Args: "--list staff $D/in", Status: 64, Err: "qstat: --list chooses among entries: it needs -l, -e or --count\n"},
		{Args: "--older-than 1h $D/in", Status: 64, Err: "qstat: --older-than chooses among entries: it needs -l, -e or --count\n"},
		{Args: "--state ready $D/in", Status: 64, Err: "qstat: --state needs -l, -e or a threshold\n"},
		{Args: "-l --state done $D/in", Status: 64, Err: "qstat: option --state: unknown state \"done\": " + states},
		{Args: "--count done $D/in", Status: 64, Err: "qstat: option --count: unknown state \"done\": " + states},
		{Args: "--header --json $D/in", Status: 64, Err: "qstat: --header is for the tables: of queues, and with -l of entries\n"},
		{Args: "--check -s 0/2 $D/in", Status: 64, Err: "qstat: --check and --slice exclude each other: strays are in no slice\n"},
		{Args: "--names $D/in", Status: 64, Err: "qstat: --names takes no operand\n"},
		{Args: "--count any $D/in/$R", Status: 64, Err: "qstat: $D/in/$R: --count needs a QUEUE, not an entry\n"},
		{Args: "-list $D/in", Status: 64, Err: "qstat: -list: a long option takes two dashes: --list\n"},
		{Args: "--count any $D/in $D/out", Out: "2\n0\n"},
		{Args: "-e $D/in", Out: "$D/in/$R.pck\n"},
		{Args: "-e --state any -s 0/1 $D/in", Out: "$D/in/$R.pck\n$D/in/$F.bak\n"},
		{Args: "-e --list other $D/in", Err: ""},
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
