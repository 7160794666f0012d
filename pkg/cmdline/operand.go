package cmdline

import (
	"path/filepath"
	"strings"

	"switchboard/pkg/config"
	"switchboard/pkg/queue"
)

// Operand is an ENTRY as it was given.
type Operand struct {
	Path string
	ID   queue.ID
	// State is what the extension says, Stray without one.
	State queue.State
	Dir   *queue.Dir
	// Settings are its queue's.
	Settings config.Queue
}

// Entry reads an ENTRY operand: the path of an entry with or without its
// extension.
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
	var err error
	if o.Dir, o.Settings, err = q.openAt(dir); err != nil {
		return o, err
	}
	return o, nil
}

// splitPath is a path's directory and its last component.
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

// EntryName says whether an operand is an entry's path and not a queue's.
func EntryName(operand string) bool {
	name := filepath.Base(operand)
	if _, s := queue.SplitName(name); s != queue.Stray {
		return true
	}
	_, err := queue.ParseID(name)
	return err == nil
}
