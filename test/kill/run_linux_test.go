package kill

import "slices"

// farShunt is a shunt queue on another filesystem, or any queue there.
var farShunt = place{"far", ".pck"}

// running has the scenarios of qrun, nearly all with one job at a time: with more jobs, the calls
// come in another order each time. Syncs of finished entries overlap with the next ones anyway.
// An entry that was in flight when qrun was killed is restored, which counts, and run again.
var running = []scenario{
	{name: "finish", command: "qrun", args: handler("true"), mails: these(
		taken(at(gone, 0)), taken(at(gone, 0)))},
	{name: "finish several", command: "qrun", args: handler("true", "--json"), lines: 6, calls: 90,
		mails: func() []mail { return slices.Repeat([]mail{taken(at(gone, 0))}, 6) }},
	{name: "finish side by side", command: "qrun", args: handler("true", "--json", "-j", "8"), lines: 12, calls: 90,
		mails: func() []mail { return slices.Repeat([]mail{taken(at(gone, 0))}, 12) }},
	{name: "requeue", command: "qrun", args: handler("exit 75"), status: 75, notices: 1,
		// If the disk is full, the entry cannot be requeued, and the status is the same.
		mails: these(with(taken(at(ready, 0), at(ready, 1)), func(m *mail) { m.after = append(m.after, at(inFlight, 0)) }))},
	{name: "shunt", command: "qrun", args: handler("exit 1"), status: 65, notices: 1, healed: []int{0},
		mails: these(taken(at(shunted, 0), at(shunted, 1)))},
	{name: "shunt far", command: "qrun", double: true, status: 65, notices: 1, healed: []int{0},
		args:  func(w *world) []string { return handler("exit 1", "--shunt", w.dir("far"))(w) },
		mails: these(taken(at(farShunt, 0), at(farShunt, 1)))},
	{name: "crash", command: "qrun", args: handler("kill -9 $$", "--max-restores", "2"), status: 65, notices: 2, healed: []int{0},
		mails: these(with(taken(at(bad, 2)), func(m *mail) { m.until = append(m.until, at(inFlight, 1), at(ready, 1), at(inFlight, 2)) }))},
	{name: "restore first", command: "qrun", args: handler("true"), notices: 1,
		mails: these(mail{from: inFlight, after: []outcome{at(gone, 0)}, until: []outcome{at(inFlight, 1), at(ready, 1)}})},
}

// handler returns the arguments that run a shell command line over the queue in.
func handler(shell string, options ...string) func(w *world) []string {
	return func(w *world) []string { return append(in(options...)(w), "sh", "-c", shell) }
}

// taken is a ready entry that the command brings to an outcome; again are the outcomes of a
// second run.
func taken(after outcome, again ...outcome) mail {
	return mail{from: ready, after: []outcome{after}, until: []outcome{at(inFlight, 0)}, again: again}
}
