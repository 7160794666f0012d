package kill

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"switchboard/pkg/queue"
)

// task is what a command was told to do with entries, as its arguments say.
type task struct {
	command string
	w       *world
	// queue is the queue that it works on. names are the entries that it works on, as paths without
	// extensions; nil means all of the queue.
	queue string
	names []string
	// from are the extensions of the entries that it works on.
	from []string
	// to is where it brings an entry, the zero place if it deletes it. bad is where it preserves one.
	to, bad place
	// releases means that an entry gets a count of 0.
	releases bool
	// origin means that it brings an entry to the queue that its metadata names.
	origin bool
	// small means that it takes no large entries.
	small bool
	// limit is the count at which an entry is preserved.
	limit int
	// handler is what qrun's COMMAND does with each entry.
	handler handling
	// most is how many entries it takes, 0 for all.
	most int
	// stores are the messages that it stores.
	stores [][]byte
}

// handling is what the COMMAND of qrun does with an entry, or with --keep what qrun does after it.
type handling int

const (
	succeeds handling = iota
	putsOff
	fails
	crashes
	keeps
)

// taskOf returns what a command was told by its arguments.
func (w *world) taskOf(s *scenario, args []string) *task {
	options, args := split(s.command, args)
	d := &task{command: s.command, w: w, stores: s.stores, limit: 3, bad: bad, queue: w.queueAt(args[0])}
	if d.queue == "" {
		d.queue = w.queueAt(filepath.Dir(args[0]))
		for _, path := range args {
			d.names = append(d.names, filepath.Join(filepath.Dir(path), baseOf(path)))
		}
	}
	if dir := options["--bad"]; dir != "" {
		d.bad.queue = w.queueAt(dir)
	}
	preserved := options["--state"] == "preserved" || strings.HasSuffix(args[0], bad.ext)
	switch s.command {
	case "qenqueue":
		d.to, d.names = place{d.queue, ready.ext}, nil
	case "qdequeue":
		d.from = []string{ready.ext}
		if d.names == nil && options["-a"] == "" {
			d.most = 1
			if options["-n"] != "" {
				d.most, _ = strconv.Atoi(options["-n"])
			}
		}
	case "qfinish":
		d.from = []string{inFlight.ext}
		if options["--requeue"] != "" {
			d.to = place{d.queue, ready.ext}
		} else if options["--preserve"] != "" {
			d.to = d.bad
		}
	case "qrestore":
		d.from, d.to = []string{inFlight.ext}, ready // the origin of all mails
		if d.releases = preserved || options["--origin"] != ""; d.releases {
			d.from = fromOf(preserved)
		}
		d.origin = options["--origin"] != ""
	case "qmove":
		d.from, d.releases = fromOf(preserved), preserved
		d.to = place{w.queueAt(filepath.Join(w.root, options["--to"])), ready.ext}
		if filepath.IsAbs(options["--to"]) {
			d.to.queue = w.queueAt(options["--to"])
		}
	case "qdiscard":
		d.small = options["--smaller-than"] != ""
		if d.from = fromOf(preserved); d.names != nil {
			d.from = []string{ready.ext, bad.ext} // the names say which
		}
	case "qrun":
		d.run(options, strings.Join(args[1:], " "))
	}
	return d
}

func fromOf(preserved bool) []string {
	if preserved {
		return []string{bad.ext}
	}
	return []string{ready.ext}
}

// run has what qrun was told.
func (d *task) run(options map[string]string, handler string) {
	d.from, d.to = []string{ready.ext, inFlight.ext}, place{"shunt", ready.ext}
	if dir := options["--shunt"]; dir != "" {
		d.to.queue = d.w.queueAt(dir)
	}
	switch {
	case options["--keep"] != "":
		d.from, d.handler = []string{ready.ext}, keeps
	case strings.Contains(handler, "exit 75"):
		d.handler = putsOff
	case strings.Contains(handler, "exit 1"):
		d.handler = fails
	case strings.Contains(handler, "kill -9"):
		d.handler, d.limit = crashes, 2
	}
}

// split splits the options of a command, with their values, from its operands.
func split(command string, args []string) (options map[string]string, operands []string) {
	with := []string{"--to", "--bad", "--shunt", "--state", "--smaller-than", "--max-restores", "-n", "-j"}
	if command == "qenqueue" {
		with = []string{"-l", "-m", "-f"}
	}
	options = map[string]string{}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		name, value := args[0], "given"
		if args = args[1:]; slices.Contains(with, name) {
			value, args = args[0], args[1:]
		}
		options[name] = value
	}
	return options, args
}

// queueAt returns the name of the queue at a path, or "".
func (w *world) queueAt(path string) string {
	for _, name := range queues {
		if path == w.dir(name) {
			return name
		}
	}
	return ""
}

// baseOf returns the file base of an entry that an operand names, with or without an extension.
func baseOf(operand string) string {
	if id, state := queue.SplitName(filepath.Base(operand)); state != queue.Stray {
		return id.String()
	}
	return filepath.Base(operand)
}

// restores reports whether a task restores what is in flight.
func (d *task) restores() bool {
	return d.command == "qrestore" && !d.releases || d.command == "qrun" && d.handler != keeps
}

// takes reports whether a task works on a message that is at a place.
func (d *task) takes(i *item, at place) bool {
	switch {
	case at == gone, !slices.Contains(d.from, at.ext), d.small && i.large, d.origin && i.homeless:
		return false
	case d.names == nil:
		return at.queue == d.queue
	}
	return slices.Contains(d.names, filepath.Join(d.w.dir(at.queue), i.base))
}
