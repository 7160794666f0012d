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
	Dir   queue.Queue
	// Settings are the settings of its queue.
	Settings config.Queue
}

// Entry reads an ENTRY operand, the path of an entry with or without its extension, and
// opens its queue. It does not check that the entry exists. A name without a directory, as
// Mailman's log has it, is looked for in this directory, and then in all queues of the site.
func (q *Queues) Entry(path string) (Operand, error) {
	o := Operand{Path: path}
	dir, name := splitPath(path)
	if o.ID, o.State = queue.SplitName(name); o.State == queue.Stray {
		id, err := queue.ParseID(name)
		if err != nil {
			return o, notEntry(path)
		}
		o.ID = id
	}
	if q.takesEntries && !strings.Contains(path, "/") {
		if at, err := q.locate(o); err != nil {
			return o, err
		} else if at != "" {
			dir, o.Path = at, filepath.Join(at, name)
		}
	}
	var err error
	if o.Dir, o.Settings, err = q.openAt(dir); err != nil {
		return o, err
	}
	return o, nil
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
	name := filepath.Base(operand)
	if _, s := queue.SplitName(name); s != queue.Stray {
		return true
	}
	_, err := queue.ParseID(name)
	return err == nil
}
