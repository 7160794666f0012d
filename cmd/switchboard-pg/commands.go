package main

import (
	"switchboard/internal/cmdline"
	"switchboard/internal/commands/qcat"
	"switchboard/internal/commands/qdeliver"
	"switchboard/internal/commands/qdequeue"
	"switchboard/internal/commands/qdiscard"
	"switchboard/internal/commands/qenqueue"
	"switchboard/internal/commands/qfinish"
	"switchboard/internal/commands/qmove"
	"switchboard/internal/commands/qrestore"
	"switchboard/internal/commands/qrun"
	"switchboard/internal/commands/qstat"
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
