package cmdline

import (
	"os"

	"switchboard/pkg/config"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

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

// Slice is the value of -s.
func (c *Context) Slice() (queue.Slice, error) {
	if !c.IsSet("slice") {
		return queue.Slice{}, nil
	}
	s, err := queue.ParseSlice(c.String("slice"))
	if err != nil {
		return s, Usagef("option --slice: %v", err)
	}
	return s, nil
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

// KnownQueues are the configuration's queues by name.
func (c *Context) KnownQueues() (map[string]queue.Known, error) {
	conf, err := c.Config()
	if err != nil {
		return nil, err
	}
	names, err := conf.Names()
	if err != nil {
		return nil, err
	}
	known := make(map[string]queue.Known, len(names))
	for _, name := range names {
		if q, ok := conf.Named(name); ok {
			known[name] = queue.Known{Path: q.Path, Listed: !conf.Declares(name)}
		}
	}
	return known, nil
}
