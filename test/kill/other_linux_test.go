package kill

import (
	"os"
	"path/filepath"
	"slices"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

// other is what works in the queues of a scenario while the scenario's own command is stopped.
type other struct {
	scenario
	// can reports whether it has something to do in the queues of a scenario.
	can func(s *scenario) bool
}

// others has each command, on the queue in, which all scenarios have, on the queues that they move
// entries to, and on the entries themselves.
func others() []*other {
	always := func(*scenario) bool { return true }
	moved := func(s *scenario) bool { return target(s) != "" }
	// Who finishes an entry that is being copied to another filesystem has not claimed it. See
	// the assumptions of qfinish(1).
	near := func(s *scenario) bool { return !s.double }
	return []*other{
		{scenario{name: "one", command: "qenqueue", args: in(), stdin: text(900), stores: [][]byte{text(900)}}, always},
		{scenario{name: "batch", command: "qenqueue", args: in("--mbox"), stores: [][]byte{text(901), text(902)}, stdin: slices.Concat(
			[]byte("From a@test.example Mon Nov 20 10:00:00 2023\n"), text(901),
			[]byte("\nFrom a@test.example Mon Nov 20 10:00:00 2023\n"), text(902), []byte("\n"))}, always},
		{scenario{name: "one", command: "qdequeue", args: in()}, always},
		{scenario{name: "all", command: "qdequeue", args: in("-a")}, always},
		{scenario{name: "named", command: "qdequeue", args: bases()}, always},
		{scenario{name: "all that moved", command: "qdequeue", args: onTarget("-a")}, moved},
		{scenario{name: "finish", command: "qfinish", args: bases()}, near},
		{scenario{name: "requeue", command: "qfinish", args: bases("--requeue")}, near},
		{scenario{name: "preserve", command: "qfinish", args: bases("--preserve")}, near},
		{scenario{name: "all", command: "qrestore", args: in()}, always},
		{scenario{name: "named", command: "qrestore", args: bases()}, always},
		{scenario{name: "unshunt", command: "qrestore", args: func(w *world) []string { return []string{"--origin", w.dir("shunt")} }}, always},
		{scenario{name: "release", command: "qrestore", args: func(w *world) []string {
			return []string{"--state", "preserved", "--to", w.dir("in"), w.dir("bad")}
		}}, hasBad},
		{scenario{name: "all", command: "qmove", args: in("-a", "--to", "hold")}, always},
		{scenario{name: "named", command: "qmove", args: bases("--to", "hold")}, always},
		{scenario{name: "preserved", command: "qmove", args: func(w *world) []string {
			return []string{"-a", "--state", "preserved", "--to", "hold", w.dir("bad")}
		}}, hasBad},
		{scenario{name: "back", command: "qmove", args: func(w *world) []string {
			return []string{"-a", "--to", w.dir("in"), w.dir(target(w.of))}
		}}, moved},
		{scenario{name: "far", command: "qmove", double: true, args: func(w *world) []string { return []string{"-a", "--to", w.dir("far"), w.dir("in")} }}, always},
		{scenario{name: "all", command: "qdiscard", args: in("--smaller-than", "1M")}, always},
		{scenario{name: "named", command: "qdiscard", args: bases()}, always},
		{scenario{name: "preserved", command: "qdiscard", args: func(w *world) []string {
			return []string{"--state", "preserved", "--smaller-than", "1M", w.dir("bad")}
		}}, hasBad},
		{scenario{name: "summary", command: "qstat", args: in()}, always},
		{scenario{name: "list", command: "qstat", args: in("-l", "--state", "any")}, always},
		{scenario{name: "check", command: "qstat", args: in("--check")}, always},
		{scenario{name: "message", command: "qcat", args: first()}, always},
		{scenario{name: "metadata", command: "qcat", args: first("-m")}, always},
		{scenario{name: "all", command: "qrun", delivers: true, args: func(w *world) []string { return handOut()(w, "in") }}, always},
		{scenario{name: "all that moved", command: "qrun", delivers: true, args: func(w *world) []string {
			return handOut("--shunt", w.dir("failed"))(w, target(w.of))
		}}, moved},
		{scenario{name: "keep", command: "qrun", args: func(w *world) []string {
			return append(in("--keep")(w), "true")
		}}, always},
	}
}

func hasBad(s *scenario) bool { return !s.noBad }

// bases returns the arguments of a command on all entries that are in the queue in at that moment,
// whatever their state, or on one that is not there.
func bases(options ...string) func(w *world) []string {
	return func(w *world) []string {
		var all []string
		files, _ := os.ReadDir(w.dir("in"))
		for _, f := range files {
			if id, state := queue.SplitName(f.Name()); state == queue.Ready || state == queue.InFlight {
				all = append(all, filepath.Join(w.dir("in"), id.String()))
			}
		}
		if all == nil {
			all = []string{filepath.Join(w.dir("in"), harness.Base(0))}
		}
		return append(slices.Clone(options), all...)
	}
}

// first returns the arguments of a command on the first of them.
func first(options ...string) func(w *world) []string {
	return func(w *world) []string { return bases(options...)(w)[:len(options)+1] }
}

// target returns the queue that a scenario brings ready entries to, if that is not the queue in.
func target(s *scenario) string {
	for _, m := range s.mails() {
		for _, o := range m.after {
			if o.ext == ready.ext && o.queue != "in" {
				return o.queue
			}
		}
	}
	return ""
}

func onTarget(options ...string) func(w *world) []string {
	return func(w *world) []string { return append(slices.Clone(options), w.dir(target(w.of))) }
}
