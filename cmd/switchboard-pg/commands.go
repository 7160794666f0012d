package main

import (
	"switchboard/pkg/cmdline"
	"switchboard/pkg/commands/qcat"
	"switchboard/pkg/commands/qdeliver"
	"switchboard/pkg/commands/qdequeue"
	"switchboard/pkg/commands/qdiscard"
	"switchboard/pkg/commands/qenqueue"
	"switchboard/pkg/commands/qfinish"
	"switchboard/pkg/commands/qmove"
	"switchboard/pkg/commands/qrestore"
	"switchboard/pkg/commands/qrun"
	"switchboard/pkg/commands/qstat"
)

// program has the commands for queues in directories, which hand themselves over to it, and
// its own.
var program = cmdline.Program{
	Name: "switchboard-pg",
	Summary: "Set up queues in PostgreSQL: init makes the tables, and check looks whether the server keeps the promises. " +
		"COMMAND is one of those for queues in directories, which call this program when an operand begins with pg:.",
	Example: "switchboard-pg init && switchboard-pg check",
	Commands: []func() cmdline.Command{
		initCommand, checkCommand,
		qcat.Command, qdeliver.Command, qdequeue.Command, qdiscard.Command, qenqueue.Command,
		qfinish.Command, qmove.Command, qrestore.Command, qrun.Command, qstat.Command,
	},
	Kinds: []cmdline.Kind{kind},
}
