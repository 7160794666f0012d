package cmdline

import (
	"path/filepath"
	"strings"

	"switchboard/pkg/config"
	"switchboard/pkg/queue"
)

// Operand is an ENTRY operand.
type Operand struct {
	Path string
	ID   queue.ID
	// State is the state that the extension means, or Stray without an extension.
	State queue.State
	// Generation is that of a claim, or "": see [Kind].
	Generation string
	// Dir is its queue. If the operand has a generation, that is all that can be ended there.
	Dir queue.Queue
	// Settings are the settings of its queue.
	Settings config.Queue
}

// Entry reads an ENTRY operand, the path of an entry with or without its extension, and
// opens its queue. It does not check that the entry exists. A name without a directory, as
// Mailman's log has it, is looked for in this directory, and then in all queues of the site.
func (q *Queues) Entry(path string) (Operand, error) {
	o, err := parseEntry(path)
	if err != nil {
		return o, err
	}
	dir, name := splitPath(path)
	if q.takesEntries && !strings.Contains(path, "/") {
		if at, err := q.locate(o); err != nil {
			return o, err
		} else if at != "" {
			dir, o.Path = at, join(at, name)
		}
	}
	if o.Dir, o.Settings, err = q.openAt(dir); err == nil && o.Generation != "" {
		o.Dir, err = q.view(o, o.Dir)
	}
	return o, err
}

// parseEntry reads the name in an ENTRY operand.
func parseEntry(path string) (Operand, error) {
	o := Operand{Path: path}
	entry, generation := cutGeneration(path)
	_, name := splitPath(entry)
	if o.ID, o.State = queue.SplitName(name); o.State == queue.Stray {
		id, err := queue.ParseID(name)
		if err != nil {
			return o, notEntry(path)
		}
		o.ID = id
	}
	if o.Generation = generation; generation != "" {
		if o.State != queue.Stray && o.State != queue.InFlight {
			return o, Usagef("%s: only a claim has a number, and its name ends in .bak", path)
		}
		o.State = queue.InFlight
	}
	return o, nil
}

// join returns the path of an entry in the queue at dir.
func join(dir, name string) string {
	if config.Scheme(dir) != "" {
		return dir + "/" + name
	}
	return filepath.Join(dir, name)
}

// splitPath returns a path's directory and its last component.
func splitPath(path string) (dir, name string) {
	dir, name = filepath.Split(path)
	switch {
	case dir == "":
		dir = "."
	case strings.Trim(dir, "/") != "":
		dir = strings.TrimRight(dir, "/")
	}
	return dir, name
}

// EntryName reports whether an operand has the name of an entry.
func EntryName(operand string) bool {
	operand, _ = cutGeneration(operand)
	name := filepath.Base(operand)
	if _, s := queue.SplitName(name); s != queue.Stray {
		return true
	}
	_, err := queue.ParseID(name)
	return err == nil
}
