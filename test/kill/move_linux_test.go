package kill

import (
	"slices"

	"switchboard/test/harness"
)

// moving has the scenarios of qmove and qdiscard.
var moving = []scenario{
	{name: "move", command: "qmove", args: entries("--to", "hold"), mails: these(moves(ready, at(hold, 0))), lines: 1, healed: []int{1}},
	{name: "move several", command: "qmove", args: func(w *world) []string { return entries("--to", w.dir("shunt"))(w) }, lines: 3, healed: []int{1},
		mails: these(moves(ready, at(shunted, 0)), with(moves(ready, at(shunted, 1)), func(m *mail) { m.Restores = 1 }), moves(ready, at(shunted, 0)))},
	{name: "move all", command: "qmove", args: in("-a", "--to", "hold"), lines: 2,
		mails: these(moves(ready, at(hold, 0)), moves(ready, at(hold, 0)), moves(inFlight))},
	{name: "move a preserved one", command: "qmove", args: entries("--to", "hold"), lines: 1, healed: []int{1},
		mails: these(mail{from: bad, Entry: harness.Entry{Restores: 3}, after: []outcome{at(hold, 0)}, until: []outcome{at(bad, 0)}})},
	{name: "move a hard link", command: "qmove", args: entries("--to", "hold"), lines: 1, healed: []int{1},
		mails: these(mail{from: ready, after: []outcome{at(hold, 0)}, linked: true})},
	{name: "move what cannot be read", command: "qmove", args: entries("--to", "hold"), lines: 1, healed: []int{1},
		mails: these(mail{from: ready, raw: garbage, after: []outcome{at(hold, 0)}})},
	{name: "move small groups", command: "qmove", args: entries("--to", "hold"), lines: 5, healed: []int{1}, openFiles: 40, calls: 120,
		mails: func() []mail { return slices.Repeat([]mail{moves(ready, at(hold, 0))}, 5) }},
	// A kill leaves the entry in flight, and the second run is that of qrestore.
	{name: "move far, and restore", command: "qmove", args: moveFar, double: true, lines: 1,
		heal: in(), healer: "qrestore",
		mails: these(mail{
			from: ready, after: []outcome{at(farShunt, 0)}, until: []outcome{at(inFlight, 0)},
			again: []outcome{at(ready, 0), at(ready, 1)},
		})},
	{name: "move a preserved one far", command: "qmove", args: moveFar, double: true, lines: 1, healed: []int{1},
		mails: these(mail{from: bad, Entry: harness.Entry{Restores: 3}, after: []outcome{at(farShunt, 0)}, until: []outcome{at(bad, 0)}})},
	{name: "discard", command: "qdiscard", args: entries(), mails: these(moves(ready, at(gone, 0))), healed: []int{1}},
	{name: "discard by size", command: "qdiscard", args: in("--smaller-than", "1M"),
		mails: these(moves(ready, at(gone, 0)), moves(ready, at(gone, 0)), moves(inFlight))},
	{name: "discard several", command: "qdiscard", args: entries(), healed: []int{1},
		mails: these(moves(ready, at(gone, 0)), moves(bad, at(gone, 0)), moves(ready, at(gone, 0)))},
	{name: "discard what cannot be read", command: "qdiscard", args: entries(), healed: []int{1},
		mails: these(mail{from: ready, raw: garbage, after: []outcome{at(gone, 0)}})},
}

// moveFar returns the arguments that move all mails to a queue on another filesystem.
func moveFar(w *world) []string { return entries("--to", w.dir("far"))(w) }
