package cmdline

import (
	"errors"
	"time"

	"switchboard/pkg/config"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

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

// Read opens an entry, in the state that its operand names, or else in
// whatever state it is.
func (c *Context) Read(o Operand) (*queue.Entry, error) {
	if o.State != queue.Stray {
		return o.Dir.Read(o.ID, o.State)
	}
	for _, state := range []queue.State{queue.InFlight, queue.Ready, queue.Preserved} {
		e, err := o.Dir.Read(o.ID, state)
		if e != nil || !errors.Is(err, queue.ErrState) {
			return e, err
		}
	}
	return nil, &queue.Error{Path: o.Path, Err: noEntry{queue.ErrState}}
}

// noEntry is ErrState of a name that is not there in any state.
type noEntry struct{ error }

func (noEntry) Error() string   { return "no such entry" }
func (e noEntry) Unwrap() error { return e.error }

// ReadFile opens the file that an operand names: an entry, with or without its
// extension, or a file that is one but for its name.
func (c *Context) ReadFile(path string) (*queue.Entry, error) {
	if !EntryName(path) && queue.StateOfExt(path) != queue.Stray {
		dir, name := splitPath(path)
		d, _, err := c.openAt(dir)
		if err != nil {
			return nil, err
		}
		return d.ReadFile(name)
	}
	o, err := c.Entry(path)
	if err != nil {
		return nil, err
	}
	return c.Read(o)
}

// Slice is the value of -s.
func (c *Context) Slice() (queue.Slice, error) {
	if !c.IsSet("slice") {
		return queue.Slice{}, nil
	}
	s, err := queue.ParseSlice(c.String("slice"))
	if err != nil {
		return s, Usagef("%v", err)
	}
	return s, nil
}

// refusalLife is for how long an answer of Refuse holds, as thousands of entries may
// be named one after the other: a Mailman that is started needs longer from its
// pid file to its runners' first listing.
const refusalLife = 100 * time.Millisecond

// refusal is an answer of Refuse.
type refusal struct {
	at  time.Time
	err error
}

// Refuse says no to a queue that a running Mailman works on, unless --force.
func (c *Context) Refuse(path string, settings config.Queue) error {
	if c.Bool("force") {
		return nil
	}
	if r, ok := c.refusals[path]; ok && time.Since(r.at) < refusalLife {
		return r.err
	}
	err := queue.Running(path, settings.PidFiles...)
	if e, ok := err.(*queue.Error); ok {
		e.Remedy += " (--force overrides this)"
	}
	c.refusals[path] = refusal{time.Now(), err}
	return err
}

// MaxRestores is the limit of restores: the option's, the configuration's, or
// the default.
func (c *Context) MaxRestores(settings config.Queue) int {
	switch {
	case c.IsSet("max-restores"):
		return c.Int("max-restores")
	case settings.MaxRestores >= 0:
		return settings.MaxRestores
	}
	return queue.DefaultMaxRestores
}

// KnownQueues are the paths of the configuration's queues by name.
func (c *Context) KnownQueues() (map[string]string, error) {
	conf, err := c.Config()
	if err != nil {
		return nil, err
	}
	names, err := conf.Names()
	if err != nil {
		return nil, err
	}
	known := make(map[string]string, len(names))
	for _, name := range names {
		if q, ok := conf.Named(name); ok {
			known[name] = q.Path
		}
	}
	return known, nil
}

// Format is what is written into a queue: the option's, the configuration's,
// or Mailman 2.1's.
func (c *Context) Format(settings config.Queue) message.Dialect {
	if d, err := message.ParseDialect(c.String("format")); err == nil {
		return d
	}
	if settings.Format == message.Unknown {
		return message.Mailman2
	}
	return settings.Format
}
