package cmdline

import (
	"os"

	"switchboard/pkg/config"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
	"switchboard/pkg/site"
)

// Queues opens the queues and entries that operands name, with the settings of the options
// and the configuration. It prints nothing.
type Queues struct {
	options *Shared
	// environment is the configuration file that the environment names, or "".
	environment string
	// takesEntries means that an operand may be an entry as well.
	takesEntries bool
	// looks means that the command changes nothing.
	looks bool
	// notice is Options.Notice of each queue. trace is its Options.Trace if -v is given or
	// the configuration names a log.
	notice func(error)
	trace  func(queue.Event)

	conf     *config.Config
	confErr  error
	dirs     map[string]*dirSlot
	kinds    *kinds
	refusals map[string]refusal
	// found are the Mailmans on this machine, once somebody asked. places are the
	// directories that an entry of the site may be in.
	found  []site.Installation
	places []string
}

func newQueues(options *Shared, environment string) *Queues {
	return &Queues{
		options: options, environment: environment,
		dirs: map[string]*dirSlot{}, kinds: &kinds{servers: map[string]Server{}, failed: map[string]failure{}}, refusals: map[string]refusal{},
	}
}

// Config returns the configuration: that of --config, $SWITCHBOARD_CONFIG or the default
// file.
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
		if q.conf != nil {
			// As with a queue, root does not follow every link on the way to it.
			q.conf.OpenRoot = func(path string) (*os.File, error) { return queue.OpenUntrusted("", path) }
		}
	}
	return q.conf, q.confErr
}

// log returns where the configuration, if it was read, wants changes to be logged.
func (q *Queues) log() config.Log {
	if q.conf == nil {
		return config.Log{}
	}
	return q.conf.Log
}

// openWith returns the options for opening a queue.
func (q *Queues) openWith(settings config.Queue) queue.Options {
	o := queue.Options{Format: q.Format(settings), Bad: settings.Bad, Shunt: settings.Shunt, Retry: q.options.Retry, NoSync: q.options.NoSync, Notice: q.notice}
	if q.options.Shunt != "" {
		o.Shunt = q.options.Shunt
	}
	if q.options.Bad != "" {
		o.Bad = q.options.Bad
	}
	if o.Describe = q.log().On(); o.Describe || q.options.Verbose {
		o.Trace = q.trace
	}
	return o
}

// MaxRestores returns the limit of restores: that of the option, the configuration, or the
// default.
func (q *Queues) MaxRestores(settings config.Queue) int {
	switch {
	case q.options.MaxRestores.Given:
		return q.options.MaxRestores.Value
	case settings.MaxRestores >= 0:
		return settings.MaxRestores
	}
	return queue.DefaultMaxRestores
}

// Format returns the format to write into a queue: that of the option, the configuration,
// or Mailman 2.1.
func (q *Queues) Format(settings config.Queue) message.Dialect {
	switch {
	case q.options.Format.Given:
		return q.options.Format.Value
	case settings.Format == message.Unknown:
		return message.Mailman2
	}
	return settings.Format
}

// configured returns the configuration and the names of its queues.
func (q *Queues) configured() (*config.Config, []string, error) {
	conf, err := q.Config()
	if err != nil {
		return nil, nil, err
	}
	names, err := conf.Names()
	return conf, names, err
}

// KnownQueues returns the configuration's queues by name, if they are of the kind of dir:
// entries of dir may have come from there.
func (q *Queues) KnownQueues(dir queue.Queue) (map[string]queue.Known, error) {
	conf, names, err := q.configured()
	if err != nil {
		return nil, err
	}
	known := make(map[string]queue.Known, len(names))
	for _, name := range names {
		if found, ok := conf.Named(name); ok && config.Scheme(found.Path) == config.Scheme(dir.Path()) {
			known[name] = queue.Known{Path: found.Path, Listed: !conf.Declares(name)}
		}
	}
	return known, nil
}
