package scenario

import (
	"slices"
)

func storing() []*Scenario {
	batch := &Scenario{
		Name: "batch", Command: "qenqueue", Args: on("pg:in", "msg0", "msg1", "msg2"), Stores: texts(3), Lines: 3,
	}
	batch.Files = batch.files
	return []*Scenario{
		{Name: "standard input", Command: "qenqueue", Args: on("-l", "test.example", "-m", "tolist:=1", "pg:in"), Stdin: Text(100), Stores: texts(1), Lines: 1},
		{Name: "named", Command: "qenqueue", Args: on("--base", named, "pg:in"), Stdin: Text(100), Stores: texts(1), Lines: 1, Once: true},
		{Name: "mailman3", Command: "qenqueue", Args: on("-f", "mailman3", "pg:in"), Stdin: Text(100), Stores: texts(1), Lines: 1},
		{Name: "long", Command: "qenqueue", Args: on("--base", named, "pg:in"), Stdin: Long(), Stores: [][]byte{Long()}, Lines: 1, Once: true},
		batch,
	}
}

func claiming() []*Scenario {
	first := Mail{From: Ready, After: []Outcome{At(InFlight, 0)}}
	// A run that claimed and could not say so is followed by one that claims the next.
	next := Mail{From: Ready, Again: []Outcome{At(InFlight, 0)}}
	three := []Mail{claimed(), claimed(), claimed()}
	return []*Scenario{
		{Name: "one", Command: "qdequeue", Args: on("pg:in"), Mails: []Mail{first, next, left(Ready)}, Lines: 1},
		{Name: "json", Command: "qdequeue", Args: on("--json", "pg:in"), Mails: []Mail{first, next, left(Ready)}, Lines: 1, Data: true},
		{Name: "two", Command: "qdequeue", Args: on("-n", "2", "pg:in"), Mails: []Mail{claimed(), claimed(), next, next, left(Ready)}, Lines: 2, Steps: true},
		{Name: "all", Command: "qdequeue", Args: on("-a", "pg:in"), Mails: three, Lines: 3, Steps: true, Healed: []int{1}},
		{Name: "named", Command: "qdequeue", Args: entries(), Mails: []Mail{claimed(), claimed()}, Lines: 2, Steps: true, Healed: []int{1}},
		{Name: "unreadable", Command: "qdequeue", Args: on("pg:in"), Lines: 1, Steps: true, Healed: []int{1}, Mails: []Mail{
			{From: Ready, Broken: true, After: []Outcome{At(Bad, 0)}, Until: []Outcome{At(InFlight, 0)}, Again: []Outcome{At(InFlight, 0)}}, claimed(),
		}},
	}
}

func finishing() []*Scenario {
	gone := Mail{From: InFlight, After: []Outcome{At(Gone, 0)}}
	back := Mail{From: InFlight, After: []Outcome{At(Ready, 0)}}
	bad := Mail{From: InFlight, After: []Outcome{At(Bad, 0)}}
	// A finish of what was finished already is status 1.
	healed := []int{1}
	return []*Scenario{
		{Name: "one", Command: "qfinish", Args: entries(), Mails: []Mail{gone}, Healed: healed},
		{Name: "several", Command: "qfinish", Args: entries(), Mails: []Mail{gone, gone, gone}, Healed: healed, Steps: true},
		{Name: "requeue", Command: "qfinish", Args: entries("--requeue"), Mails: []Mail{back}, Healed: healed},
		{Name: "preserve", Command: "qfinish", Args: entries("--preserve"), Mails: []Mail{bad}, Healed: healed},
		{Name: "preserve several", Command: "qfinish", Args: entries("--preserve"), Mails: []Mail{bad, bad, bad}, Healed: healed, Steps: true},
	}
}

func restoring() []*Scenario {
	restored := func(n int) Mail {
		after := At(Ready, n+1)
		if n == 2 {
			after = At(Bad, 3)
		}
		return Mail{From: InFlight, Restores: n, After: []Outcome{after}}
	}
	released := Mail{From: Bad, Restores: 2, After: []Outcome{At(Ready, 0)}}
	unshunted := Mail{From: Shunted, After: []Outcome{At(Ready, 0)}}
	return []*Scenario{
		{Name: "first time", Command: "qrestore", Args: on("pg:in"), Mails: []Mail{restored(0)}, Lines: 1},
		{Name: "third time", Command: "qrestore", Args: on("pg:in"), Mails: []Mail{restored(2)}, Lines: 1},
		{Name: "batch", Command: "qrestore", Args: on("pg:in"), Mails: []Mail{restored(0), restored(1), restored(2), left(Ready)}, Lines: 3, Steps: true},
		{Name: "named", Command: "qrestore", Args: entries(), Mails: []Mail{restored(0)}, Lines: 1, Healed: []int{1}},
		{Name: "unreadable", Command: "qrestore", Args: on("pg:in"), Lines: 1, Mails: []Mail{{From: InFlight, Broken: true, After: []Outcome{At(Bad, 0)}}}},
		{Name: "release", Command: "qrestore", Args: entries(), Mails: []Mail{released, released}, Lines: 2, Steps: true, Healed: []int{1}},
		{Name: "release to", Command: "qrestore", Args: entries("--to", "pg:hold"), Lines: 1, Healed: []int{1}, Mails: []Mail{{From: Bad, Restores: 1, After: []Outcome{At(Hold, 0)}}}},
		{Name: "unshunt", Command: "qrestore", Args: on("--origin", "pg:shunt"), Mails: []Mail{unshunted, unshunted}, Lines: 2, Steps: true},
	}
}

func moving() []*Scenario {
	held := Mail{From: Ready, After: []Outcome{At(Hold, 0)}}
	relayed := Mail{From: FileReady, After: []Outcome{At(Ready, 0)}, Until: []Outcome{At(FileInFlight, 0)}}
	back := Mail{From: Ready, After: []Outcome{At(Place{"/new", Ready.State}, 0)}, Until: []Outcome{At(InFlight, 0)}}
	// A killed relay leaves a claim. Was it not stored yet, then it is relayed as restored.
	restored := relayed
	restored.Again = []Outcome{At(Ready, 1)}
	returned := back
	returned.Again = []Outcome{At(Place{"/new", Ready.State}, 1)}
	return []*Scenario{
		{Name: "move", Command: "qmove", Args: entries("--to", "hold"), Mails: []Mail{held}, Lines: 1, Healed: []int{1}},
		{Name: "move several", Command: "qmove", Args: entries("--to", "pg:hold"), Mails: []Mail{held, held, held}, Lines: 3, Steps: true, Healed: []int{1}},
		{Name: "move all", Command: "qmove", Args: on("-a", "--to", "hold", "pg:in"), Mails: []Mail{held, held}, Lines: 2, Steps: true},
		{Name: "move a preserved one", Command: "qmove", Args: entries("--to", "hold"), Lines: 1, Healed: []int{1}, Mails: []Mail{{From: Bad, Restores: 2, After: []Outcome{At(Hold, 0)}}}},
		{Name: "relay in", Command: "qmove", Args: on("-a", "--to", "pg:in", "in"), Lines: 2, Steps: true, Source: "in", Once: true, Mails: []Mail{restored, restored}},
		{Name: "relay in one", Command: "qmove", Args: entries("--to", "pg:in"), Lines: 1, Steps: true, Source: "in", Once: true, Mails: []Mail{restored}, Healed: []int{1}},
		{Name: "relay out", Command: "qmove", Args: on("-a", "--to", "new", "pg:in"), Lines: 2, Steps: true, Source: "pg:in", Once: true, Files: mkdir("new"), Mails: []Mail{returned, returned}},
		{Name: "discard", Command: "qdiscard", Args: entries(), Healed: []int{1}, Mails: []Mail{{From: Ready, After: []Outcome{At(Gone, 0)}}}},
		{Name: "discard several", Command: "qdiscard", Args: entries(), Healed: []int{1}, Steps: true, Mails: []Mail{
			{From: Ready, After: []Outcome{At(Gone, 0)}}, {From: Bad, After: []Outcome{At(Gone, 0)}},
		}},
		{Name: "discard by size", Command: "qdiscard", Args: on("--smaller-than", "1M", "pg:in"), Steps: true, Mails: []Mail{
			{From: Ready, After: []Outcome{At(Gone, 0)}}, {From: Ready, After: []Outcome{At(Gone, 0)}}, left(InFlight),
		}},
	}
}

func running() []*Scenario {
	gone := taken(At(Gone, 0))
	gone.Until = append(gone.Until, At(Ready, 1))
	three := []Mail{gone, gone, gone}
	shunted := taken(At(Shunted, 0), At(Shunted, 1))
	requeued := taken(At(Ready, 0), At(Ready, 1))
	crashed := taken(At(Bad, 1))
	crashed.Again = nil
	run := func(shell string, options ...string) func(*World) []string {
		return on(append(options, "pg:in", "sh", "-c", shell)...)
	}
	all := []*Scenario{
		{Name: "finish", Args: run(handler), Mails: three, Delivers: true, Files: mkdir("delivered")},
		{Name: "finish side by side", Args: run(handler, "-j", "2"), Mails: three, Delivers: true, Files: mkdir("delivered")},
		{Name: "shunt", Args: run("cat >/dev/null; exit 1"), Mails: []Mail{shunted}, Status: 65, Healed: []int{0}},
		{Name: "requeue", Args: run("cat >/dev/null; exit 75"), Mails: []Mail{requeued}, Status: 75},
		{Name: "crash", Args: run("kill -9 $$", "--max-restores", "1"), Mails: []Mail{crashed}, Status: 65, Healed: []int{0}},
		{Name: "restore first", Args: run(handler), Delivers: true, Files: mkdir("delivered"), Mails: []Mail{
			{From: InFlight, After: []Outcome{At(Gone, 0)}, Until: []Outcome{At(Ready, 1), At(InFlight, 1)}}, gone,
		}},
	}
	for _, s := range all {
		s.Command, s.Steps = "qrun", true
	}
	return all
}

func looking() []*Scenario {
	mails := []Mail{left(Ready), left(InFlight), left(Bad)}
	all := []*Scenario{
		{Name: "message", Command: "qcat", Args: entries(), Mails: []Mail{left(Ready)}, Lines: -1, Whole: Text(0)},
		{Name: "long message", Command: "qcat", Args: entries(), Mails: []Mail{{From: InFlight, Text: Long()}}, Lines: -1, Whole: Long()},
		{Name: "metadata", Command: "qcat", Args: entries("-m"), Mails: mails[:1], Lines: 1},
		{Name: "summary", Command: "qstat", Args: on("pg:in"), Mails: mails, Lines: 1},
		{Name: "list", Command: "qstat", Args: on("-l", "--state", "any", "pg:in"), Mails: mails[:2], Lines: 2},
		{Name: "paths", Command: "qstat", Args: on("-e", "pg:in"), Mails: mails[:1], Lines: 1},
		{Name: "check", Command: "qstat", Args: on("--check", "pg:in"), Mails: mails[:1], Lines: -1},
	}
	for _, s := range all {
		s.Data = true
		s.Mails = slices.Clone(s.Mails)
	}
	return all
}
