package qcat

import (
	"testing"

	"switchboard/test/calls"
)

const several = "qcat: more than one ENTRY needs --mbox, --maildir, -H, -m or --json\n"

func TestCalls(t *testing.T) {
	t.Parallel()
	calls.Check(t, Command, []calls.Call{
		{Args: "", Status: 64, Err: "qcat: missing ENTRY operand\n"},
		{Args: "_", Status: 64, Err: "qcat: operand 1 is empty: is a variable unset?\n"},
		{Args: "-m --json $D/in/$R", Status: 64, Err: "qcat: -H, -m, --json, --mbox, --maildir and --raw exclude each other\n"},
		{Args: "-x", Status: 64, Err: "qcat: unknown option -x\n"},
		{Args: "--header=yes $D/in/$R", Status: 64, Err: "qcat: option --header takes no value\n"},
		{Args: "$D/in/$R.pck -H", Status: 64, Err: "qcat: option -H after an operand: options come first, and -- ends them\n"},
		{Args: "$D/in/$R", Out: "Subject: hello\n\nbody\n"},
		{Args: "-H $D/in/$F.bak", Out: "Subject: hello\n"},
		{Args: "-0m -", Stdin: "$D/bad/$P.psv\x00", Out: `{"listname":"test.example","version":3,"_parsemsg":true}` + "\x00"},
		{Args: "-", Stdin: "\n$D/in/$R\n", Status: 64, Out: "Subject: hello\n\nbody\n", Err: "qcat: standard input: record 1 is empty: is a variable unset?\n"},
		{Args: "--mbox -H $D/in/$R", Status: 64, Err: "qcat: -H, -m, --json, --mbox, --maildir and --raw exclude each other\n"},
		{Args: "--mbox --maildir $D/box $D/in/$R", Status: 64, Err: "qcat: -H, -m, --json, --mbox, --maildir and --raw exclude each other\n"},
		{Args: "--maildir $D/box --raw $D/in/$R", Status: 64, Err: "qcat: -H, -m, --json, --mbox, --maildir and --raw exclude each other\n"},
		// Several messages would run together, so nothing is printed.
		{Args: "$D/in/$R $D/in/$F", Status: 64, Err: several},
		{Args: "--raw $D/in/$R $D/in/$F", Status: 64, Err: several},
		{Args: "$D/in/$R -", Status: 64, Err: several},
		{Args: "-", Stdin: "$D/in/$R\n$D/in/$F\n$D/in/$R\n", Status: 64, Out: "Subject: hello\n\nbody\n", Err: several},
		{Args: "-H $D/in/$R.bak $D/in/$F $D/in/$R", Status: 1, Out: "Subject: hello\n\nSubject: hello\n", Err: "qcat: $D/in/$R.bak: not claimed (already finished or restored)\n"},
		{Args: "--mbox $D/in/$R.bak $D/in/$F $D/in/$R", Status: 1, Err: "qcat: $D/in/$R.bak: not claimed (already finished or restored)\n",
			Out: "From MAILER-DAEMON Tue Nov 14 22:13:22 2023\nSubject: hello\n\nbody\n\nFrom MAILER-DAEMON Tue Nov 14 22:13:21 2023\nSubject: hello\n\nbody\n\n"},
		{Args: "--maildir $D/box - $D/bad/$P", Stdin: "$D/in/$R\n$D/in/$F.bak\n$D/in/$R\n",
			Out: "$D/box/new/$R\n$D/box/new/$F\n$D/box/new/$R\n$D/box/new/$P\n"},
		{Args: "--maildir $D/box -0 $D/in/$R", Out: "$D/box/new/$R\x00"},
		{Args: "--maildir $D/nosuch/box $D/in/$R", Status: 73, Err: "qcat: $D/nosuch/box: cannot create: the parent directory does not exist\n"},
		{Args: "--maildir $D/in $D/in/$R", Status: 73, Err: "qcat: $D/in: cannot create: not a Maildir, and not empty\n"},
		{Args: "--maildir $D/m.eml $D/in/$R", Status: 73, Err: "qcat: $D/m.eml: cannot create: not a directory\n"},
		{Args: "$D/in/$P", Status: 1, Err: "qcat: $D/in/$P: no such entry\n"},
		{Args: "$D/nosuch/$R.pck", Status: 66, Err: "qcat: $D/nosuch: no such queue\n"},
		{Args: "$D/in", Status: 65, Err: "qcat: $D/in: is a directory, not an entry\nqcat: hint: qstat -e prints the paths of the entries in a queue\n"},
		{Args: "$D/m.eml", Status: 65, Err: "qcat: $D/m.eml: is not the name of an entry\nqcat: hint: an entry is named TIME+DIGEST, and .pck, .bak or .psv may follow\n"},
		{Args: "--config $D/nosuch.toml $D/in/$R", Status: 78, Err: "qcat: $D/nosuch.toml: no such file or directory\n"},
	})
}
