package cmdline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"switchboard/pkg/config"
	"switchboard/pkg/queue"
)

// dirSlot is a queue that was asked for once, open or not to be opened.
type dirSlot struct {
	dir      *queue.Dir
	settings config.Queue
	err      error
}

// Config is the configuration: --config, $SWITCHBOARD_CONFIG or the default.
func (c *Context) Config() (*config.Config, error) {
	if c.conf == nil && c.confErr == nil {
		path, optional := c.String("config"), false
		if path == "" {
			path = os.Getenv("SWITCHBOARD_CONFIG")
		}
		if path == "" {
			path, optional = config.DefaultPath, true
		}
		c.conf, c.confErr = config.Load(path, optional)
	}
	return c.conf, c.confErr
}

// resolve finds the queue that an operand means: a directory, or else the name
// of one in the configuration.
func (c *Context) resolve(operand string) (config.Queue, error) {
	conf, err := c.Config()
	if err != nil {
		return config.Queue{}, err
	}
	if !strings.Contains(operand, "/") {
		if st, err := os.Stat(operand); err != nil || !st.IsDir() {
			if q, ok := conf.Named(operand); ok {
				return q, nil
			}
		}
	}
	return conf.At(operand), nil
}

// options are what is known of a queue beside its path.
func (c *Context) options(q config.Queue) queue.Options {
	o := queue.Options{Format: c.Format(q), Bad: q.Bad, Shunt: q.Shunt, NoSync: c.Bool("no-sync")}
	if shunt := c.String("shunt"); shunt != "" {
		o.Shunt = shunt
	}
	if bad := c.String("bad"); bad != "" {
		o.Bad = bad
	}
	o.Notice = c.notice
	if c.Bool("verbose") {
		o.Trace = c.trace
	}
	return o
}

// Open opens the queue that an operand means, once.
func (c *Context) Open(operand string) (*queue.Dir, config.Queue, error) {
	if slot, ok := c.dirs[operand]; ok {
		return slot.dir, slot.settings, slot.err
	}
	slot := &dirSlot{}
	if slot.settings, slot.err = c.resolve(operand); slot.err == nil {
		slot.dir, slot.err = queue.Open(slot.settings.Path, c.options(slot.settings))
	}
	c.keep(operand, slot)
	return slot.dir, slot.settings, slot.err
}

// keep remembers a queue that was asked for, unless it may be opened when fewer
// files are open.
func (c *Context) keep(key string, slot *dirSlot) {
	if !queue.Crowded(slot.err) {
		c.dirs[key] = slot
	}
}

// Create opens the queue that an operand means, and makes it if need be.
func (c *Context) Create(operand string) (*queue.Dir, config.Queue, error) {
	settings, err := c.resolve(operand)
	if err != nil {
		return nil, settings, err
	}
	dir, err := queue.Create(settings.Path, c.options(settings))
	c.dirs[operand] = &dirSlot{dir, settings, err}
	return dir, settings, err
}

// syncAll makes the moves in all open queues durable.
func (c *Context) syncAll() error {
	var errs []error
	for _, slot := range c.dirs {
		if slot.dir != nil {
			errs = append(errs, slot.dir.Sync())
		}
	}
	return errors.Join(errs...)
}

func (c *Context) closeDirs() {
	for _, slot := range c.dirs {
		if slot.dir != nil {
			slot.dir.Close()
		}
	}
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
			return o, &queue.Error{Path: path, Err: queue.ErrStray}
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

// openAt opens the queue that an entry's path is in. Unlike Open it takes no
// names: "in/X.pck" is a path.
func (c *Context) openAt(dir string) (*queue.Dir, config.Queue, error) {
	if !strings.Contains(dir, "/") && dir != "." {
		dir = "./" + dir
		d, s, err := c.openPath(dir, strings.TrimPrefix(dir, "./"))
		return d, s, err
	}
	return c.openPath(dir, dir)
}

func (c *Context) openPath(key, path string) (*queue.Dir, config.Queue, error) {
	if slot, ok := c.dirs[key]; ok {
		return slot.dir, slot.settings, slot.err
	}
	slot := &dirSlot{}
	conf, err := c.Config()
	if slot.err = err; err == nil {
		slot.settings = conf.At(path)
		slot.dir, slot.err = queue.Open(path, c.options(slot.settings))
	}
	c.keep(key, slot)
	return slot.dir, slot.settings, slot.err
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
