package cmdline

import (
	"switchboard/pkg/config"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// Queues opens the queues and entries that operands name, with what the options and the
// configuration say of them. It prints nothing.
type Queues struct {
	options *Shared
	// environment is the configuration file that the environment names, or "".
	environment string
	// takesEntries says that an operand may be an entry as well.
	takesEntries bool
	// notice and trace are told what queues say: errors that were survived, and
	// with -v each change of state.
	notice func(error)
	trace  func(from, to string)

	conf     *config.Config
	confErr  error
	dirs     map[string]*dirSlot
	refusals map[string]refusal
}

func newQueues(options *Shared, environment string) *Queues {
	return &Queues{options: options, environment: environment, dirs: map[string]*dirSlot{}, refusals: map[string]refusal{}}
}

// Config is the configuration: --config, $SWITCHBOARD_CONFIG or the default.
func (q *Queues) Config() (*config.Config, error) {
	if q.conf == nil && q.confErr == nil {
		path, optional := q.options.Config, false
		if path == "" {
			path = q.environment
		}
		if path == "" {
			path, optional = config.DefaultPath, true
		}
		q.conf, q.confErr = config.Load(path, optional)
	}
	return q.conf, q.confErr
}

// openWith says how to open a queue, beside its path.
func (q *Queues) openWith(settings config.Queue) queue.Options {
	o := queue.Options{Format: q.Format(settings), Bad: settings.Bad, Shunt: settings.Shunt, NoSync: q.options.NoSync, Notice: q.notice}
	if q.options.Shunt != "" {
		o.Shunt = q.options.Shunt
	}
	if q.options.Bad != "" {
		o.Bad = q.options.Bad
	}
	if q.options.Verbose {
		o.Trace = q.trace
	}
	return o
}

// MaxRestores is the limit of restores: the option's, the configuration's, or
// the default.
func (q *Queues) MaxRestores(settings config.Queue) int {
	switch {
	case q.options.MaxRestores.Given:
		return q.options.MaxRestores.Value
	case settings.MaxRestores >= 0:
		return settings.MaxRestores
	}
	return queue.DefaultMaxRestores
}

// Format is the format that is written into a queue: the option's, the configuration's,
// or Mailman 2.1's.
func (q *Queues) Format(settings config.Queue) message.Dialect {
	switch {
	case q.options.Format.Given:
		return q.options.Format.Value
	case settings.Format == message.Unknown:
		return message.Mailman2
	}
	return settings.Format
}

// KnownQueues are the configuration's queues by name.
func (q *Queues) KnownQueues() (map[string]queue.Known, error) {
	conf, err := q.Config()
	if err != nil {
		return nil, err
	}
	names, err := conf.Names()
	if err != nil {
		return nil, err
	}
	known := make(map[string]queue.Known, len(names))
	for _, name := range names {
		if found, ok := conf.Named(name); ok {
			known[name] = queue.Known{Path: found.Path, Listed: !conf.Declares(name)}
		}
	}
	return known, nil
}
