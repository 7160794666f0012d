package qenqueue

import (
	"testing"

	"switchboard/test/calls"
)

func TestCalls(t *testing.T) {
	t.Parallel()
	calls.Check(t, Command, []calls.Call{
		{Args: "", Status: 64, Err: "qenqueue: missing QUEUE operand\n"},
		{Args: "-l _ $D/in", Status: 64, Err: "qenqueue: option -l: LIST is empty: is a variable unset?\n"},
		{Args: "-l \xff $D/in", Status: 64, Err: "qenqueue: option -l: LIST is not UTF-8\n"},
		{Args: "-f mailman4 $D/in", Status: 64, Err: "qenqueue: option -f: \"mailman4\" is neither mailman2 nor mailman3\n"},
		{Args: "-f mailman4 -f mailman2 $D/in", Status: 64, Err: "qenqueue: option -f: \"mailman4\" is neither mailman2 nor mailman3\n"},
		{Args: "-m key $D/in", Status: 64, Err: "qenqueue: option -m: \"key\" is neither KEY=VALUE nor KEY:=JSON\n"},
		{Args: "-m =x $D/in", Status: 64, Err: "qenqueue: option -m: \"=x\" is neither KEY=VALUE nor KEY:=JSON\n"},
		{Args: "--metadata _parsemsg=x $D/in", Status: 64, Err: "qenqueue: option --metadata: _parsemsg is a key that Mailman sets itself\n"},
		{Args: "-m version:=4 $D/in", Status: 64, Err: "qenqueue: option -m: version is a key that Mailman sets itself\n"},
		{Args: "-m a=\xff $D/in", Status: 64, Err: "qenqueue: option -m: the value of a is not UTF-8\n"},
		{Args: "-m a:={ $D/in", Status: 64, Err: "qenqueue: option -m: the value of a is not JSON: \"{\"\n"},
		{Args: "-m a:=1,2 $D/in", Status: 64, Err: "qenqueue: option -m: a has more than one JSON value\n"},
		{Args: "-m received_time=1 $D/in", Status: 64, Err: "qenqueue: option -m: received_time must be a Unix time in seconds: -m received_time:=1700000000.5\n"},
		{Args: "-m received_time:=\"1\" $D/in", Status: 64, Err: "qenqueue: option -m: received_time must be a Unix time in seconds: -m received_time:=1700000000.5\n"},
		{Args: "--parent $D/new", Status: 64, Err: "qenqueue: unknown option --parent\n"},
		{Args: "--base x $D/in", Status: 64, Err: "qenqueue: option --base: \"x\" is not TIME+DIGEST\n"},
		{Args: "--base $R.pck $D/out", Status: 64, Err: "qenqueue: option --base: \"$R.pck\" is not TIME+DIGEST\n"},
		{Args: "--base $R $D/out $D/m.eml $D/m.eml", Status: 64, Err: "qenqueue: --base is the name of one message: give one FILE, and not --mbox\n"},
		{Args: "--base $R --mbox $D/out", Status: 64, Err: "qenqueue: --base is the name of one message: give one FILE, and not --mbox\n"},
		{Args: "-v --base $R $D/out $D/m.eml", Out: "$D/out/$R.pck\n", Err: "qenqueue: stored $D/out/$R.pck\n"},
		// The entry is there, with the same message or another one.
		{Args: "-v --base $R $D/in", Stdin: "Subject: hello\n\nbody\n", Out: "$D/in/$R.pck\n", Err: "qenqueue: $D/in/$R.pck: was stored before\n"},
		{Args: "-v --base $F $D/in", Stdin: "Subject: hello\n\nbody\n", Out: "$D/in/$F.bak\n", Err: "qenqueue: $D/in/$F.bak: was stored before\n"},
		{Args: "--base $R $D/in $D/in/$R.pck", Out: "$D/in/$R.pck\n"},
		{Args: "--base $R $D/in $D/m.eml", Status: 65, Err: "qenqueue: $D/in/$R.pck: another message has this name; it is kept\n"},
		{Args: "--base $F $D/in", Stdin: "Subject: other\n\n", Status: 65, Err: "qenqueue: $D/in/$F.bak: another message has this name; it is kept\n"},
		{Args: "$D/out", Status: 65, Err: "qenqueue: standard input: empty message\n"},
		{Args: "$D/out $D/empty", Status: 65, Err: "qenqueue: $D/empty: empty message\n"},
		{Args: "--mbox $D/out $D/m.eml", Status: 65, Err: "qenqueue: $D/m.eml: not an mbox: it does not begin with \"From \"\n"},
		{Args: "$D/out $D/nosuch.eml", Status: 66, Err: "qenqueue: $D/nosuch.eml: no such file or directory\n"},
		{Args: "$D/out $D/in/$R.bak", Status: 66, Err: "qenqueue: $D/in/$R.bak: not claimed (already finished or restored)\n"},
		// Mail servers try again after 75.
		{Args: "$D/nosuch $D/m.eml", Status: 75, Err: "qenqueue: $D/nosuch: no such queue\n"},
		{Args: "-p $D/new/none $D/m.eml", Status: 75, Err: "qenqueue: $D/new/none: cannot create: parent directory $D/new does not exist\n"},
		{Args: "--config $D/nosuch.toml $D/out $D/m.eml", Status: 75, Err: "qenqueue: $D/nosuch.toml: no such file or directory\n"},
	})
}
