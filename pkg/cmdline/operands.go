package cmdline

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"switchboard/pkg/config"
	"switchboard/pkg/queue"
)

// Operands calls do for each operand, with those that standard input lists in
// the place of "-". idle is called before a read that may wait for somebody:
// what was done so far must not wait with it.
func (c *Context) Operands(operands []string, idle func(), do func(string)) error {
	for _, operand := range operands {
		if operand != "-" {
			do(operand)
			continue
		}
		if err := c.records(idle, do); err != nil {
			return err
		}
	}
	return nil
}

// maxRecord is more than any path.
const maxRecord = 64 << 10

func (c *Context) records(idle func(), do func(string)) error {
	scan := bufio.NewScanner(Stdin(idle))
	scan.Buffer(make([]byte, 32<<10), maxRecord)
	scan.Split(func(data []byte, last bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, c.end); i >= 0 {
			return i + 1, data[:i], nil
		}
		if last && len(data) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	})
	for n := 1; scan.Scan(); n++ {
		if len(scan.Bytes()) == 0 {
			c.Report(Usagef("standard input: record %d is empty: is a variable unset?", n))
			continue
		}
		do(scan.Text())
	}
	if err := scan.Err(); errors.Is(err, bufio.ErrTooLong) {
		return Usagef("standard input: a record of more than %d bytes is not a path", maxRecord)
	} else if err != nil {
		return &os.PathError{Op: "read", Path: "standard input", Err: err}
	}
	return nil
}

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
func (c *Context) Entry(path string) (Operand, error) {
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
	if o.Dir, o.Settings, err = c.openAt(dir); err != nil {
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

// Entries calls do for each ENTRY operand, and those that standard input lists.
// A failure is reported and the rest go on; the moves are durable when it
// returns, and before it waits for more input.
func (c *Context) Entries(operands []string, do func(Operand) error) error {
	return c.Paths(operands, func(path string) error {
		o, err := c.Entry(path)
		if err != nil {
			return err
		}
		return do(o)
	})
}

// Paths is Entries without a look at what the operands name.
func (c *Context) Paths(operands []string, do func(string) error) error {
	sync := func() {
		if err := c.syncAll(); err != nil {
			c.Report(err)
		}
	}
	var broken error
	err := c.Operands(operands, sync, func(path string) {
		if broken != nil {
			return
		}
		err := do(path)
		if IsOutput(err) {
			broken = err
		} else if err != nil {
			c.Report(err)
		}
	})
	sync()
	if broken != nil {
		return broken
	}
	return err
}
