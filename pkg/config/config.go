// Package config is the configuration file of the commands: which queues there
// are, by name, and what is to be known of each. See switchboard.toml(5).
//
// Load reads a file. A key that it does not know is an error, so that a
// misspelt limit is not a missing one; errors name file and line.
package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"

	"switchboard/pkg/message"
)

// DefaultPath is where the commands look when they are told nothing else.
const DefaultPath = "/etc/switchboard.toml"

// Err is what errors.Is finds in every error of this package.
var Err = errors.New("configuration error")

// Queue is what the file says of one queue, or of all.
type Queue struct {
	// Path is the queue's directory.
	Path string
	// Configured says that the file has it: by a table, or in its root.
	Configured bool
	// Format is what is written into it; Unknown when nothing was said.
	Format message.Dialect
	// Bad and Shunt are the paths of its bad and its shunt queue, or "".
	Bad, Shunt string
	// MaxRestores is the limit of restores, -1 when nothing was said.
	MaxRestores int
	// PidFiles are those of the Mailman masters that may work on it.
	PidFiles []string
}

// Config is a configuration. The zero Config is that of no file.
type Config struct {
	// Root is the directory whose subdirectories are queues, or "".
	Root   string
	path   string
	all    Queue
	queues map[string]Queue
}

// table is the form of the file.
type table struct {
	Root string `toml:"root"`
	settings
	Queue map[string]queueTable `toml:"queue"`
}

type queueTable struct {
	Path string `toml:"path"`
	settings
}

type settings struct {
	Format      string  `toml:"format"`
	Bad         string  `toml:"bad"`
	Shunt       string  `toml:"shunt"`
	MaxRestores *int    `toml:"max-restores"`
	PidFile     pidFile `toml:"pid-file"`
}

// pidFile is a string or a list of strings.
type pidFile []string

// UnmarshalTOML implements toml.Unmarshaler.
func (p *pidFile) UnmarshalTOML(v any) error {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			return errors.New("pid-file must be a string or a list of strings")
		}
		*p = append(*p, s)
	}
	return nil
}

// Load reads the file at path. One that isn't there is an empty one if
// optional.
func Load(path string, optional bool) (*Config, error) {
	text, err := readFile(path)
	if errors.Is(err, os.ErrNotExist) && optional {
		return &Config{}, nil
	}
	if err != nil {
		return nil, fail(path, 0, err)
	}
	return Parse(path, string(text))
}

// Parse reads the text of a file; path is what its relative paths are relative
// to, and what errors name.
func Parse(path, text string) (*Config, error) {
	var t table
	meta, err := toml.Decode(text, &t)
	if err != nil {
		return nil, explain(path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fail(path, lineOf(text, unknown[0]), fmt.Errorf("unknown key %q", unknown[0].String()))
	}
	c := &Config{path: path, queues: map[string]Queue{}}
	if key := emptyValue(meta, t); key != nil {
		return nil, fail(path, lineOf(text, key), fmt.Errorf("%s is empty", key[len(key)-1]))
	}
	if c.Root = t.Root; c.Root != "" {
		c.Root = c.absolute(c.Root)
	}
	if c.all, err = c.queue(text, toml.Key{}, t.settings); err != nil {
		return nil, err
	}
	for name, q := range t.Queue {
		key := toml.Key{"queue", name}
		if name == "" || strings.ContainsAny(name, "/\x00") {
			return nil, fail(path, lineOf(text, key), fmt.Errorf("%q cannot be a queue's name", name))
		}
		queue, err := c.queue(text, key, q.settings)
		if err != nil {
			return nil, err
		}
		switch {
		case q.Path != "":
			queue.Path = c.absolute(q.Path)
		case c.Root != "":
			queue.Path = filepath.Join(c.Root, name)
		default:
			return nil, fail(path, lineOf(text, key), fmt.Errorf("queue %q has no path, and there is no root", name))
		}
		queue.Configured = true
		c.queues[name] = queue
	}
	return c, nil
}

// emptyValue returns a key that is set to an empty string, or nil. Taken for one that
// is not set it would have a command use a default which the file means to replace.
func emptyValue(meta toml.MetaData, t table) toml.Key {
	for _, key := range meta.Keys() {
		s, path := t.settings, t.Root
		switch len(key) {
		case 2:
			continue // a table's name
		case 3:
			s, path = t.Queue[key[1]].settings, t.Queue[key[1]].Path
		}
		values := map[string][]string{
			"root": {path}, "path": {path}, "format": {s.Format}, "bad": {s.Bad}, "shunt": {s.Shunt}, "pid-file": s.PidFile,
		}
		if slices.Contains(values[key[len(key)-1]], "") {
			return key
		}
	}
	return nil
}

// queue checks the settings of one table.
func (c *Config) queue(text string, key toml.Key, s settings) (Queue, error) {
	q := Queue{MaxRestores: -1}
	at := func(name string) int { return lineOf(text, append(key[:len(key):len(key)], name)) }
	if s.Format != "" {
		d, err := message.ParseDialect(s.Format)
		if err != nil {
			return q, fail(c.path, at("format"), err)
		}
		q.Format = d
	}
	if s.MaxRestores != nil {
		if q.MaxRestores = *s.MaxRestores; q.MaxRestores < 0 || q.MaxRestores > 255 {
			return q, fail(c.path, at("max-restores"), errors.New("max-restores must be 0 (never) to 255"))
		}
	}
	if s.Bad != "" {
		q.Bad = c.absolute(s.Bad)
	}
	if s.Shunt != "" {
		q.Shunt = c.absolute(s.Shunt)
	}
	for _, p := range s.PidFile {
		q.PidFiles = append(q.PidFiles, c.absolute(p))
	}
	return q, nil
}

// absolute reads a path of the file: relative to the file's directory.
func (c *Config) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(filepath.Dir(c.path), path)
}

// Named returns the queue of that name.
func (c *Config) Named(name string) (Queue, bool) {
	if q, ok := c.queues[name]; ok {
		return c.complete(q), true
	}
	if c.Root == "" || name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
		return Queue{}, false
	}
	path := filepath.Join(c.Root, name)
	if st, err := os.Stat(path); err != nil || !st.IsDir() {
		return Queue{}, false
	}
	return c.complete(Queue{Path: path, Configured: true, MaxRestores: -1}), true
}

// Declares says whether the file has a section for the queue of that name: others are
// only found in the root.
func (c *Config) Declares(name string) bool {
	_, ok := c.queues[name]
	return ok
}

// At returns what is said of the queue at path, be it under another name, by a
// link.
func (c *Config) At(path string) Queue {
	plain := Queue{Path: path, MaxRestores: -1}
	if len(c.queues) == 0 && c.Root == "" {
		return c.complete(plain)
	}
	found := func(same func(Queue) bool) (Queue, bool) {
		for _, q := range c.queues {
			if same(q) {
				q.Path = path
				return c.complete(q), true
			}
		}
		return Queue{}, false
	}
	if abs, err := filepath.Abs(path); err == nil {
		if q, ok := found(func(q Queue) bool { return q.Path == abs }); ok {
			return q
		}
		root, err := filepath.Abs(c.Root)
		plain.Configured = err == nil && c.Root != "" && filepath.Dir(abs) == root
	}
	if len(c.queues) == 0 {
		return c.complete(plain)
	}
	if dir, err := os.Stat(path); err == nil {
		q, ok := found(func(q Queue) bool {
			other, err := os.Stat(q.Path)
			return err == nil && os.SameFile(dir, other)
		})
		if ok {
			return q
		}
	}
	return c.complete(plain)
}

// complete fills in what is said of all queues.
func (c *Config) complete(q Queue) Queue {
	if q.Format == message.Unknown {
		q.Format = c.all.Format
	}
	if q.Bad == "" {
		q.Bad = c.all.Bad
	}
	if q.Shunt == "" {
		q.Shunt = c.all.Shunt
	}
	if q.MaxRestores < 0 && len(c.path) > 0 {
		q.MaxRestores = c.all.MaxRestores
	}
	q.PidFiles = append(q.PidFiles[:len(q.PidFiles):len(q.PidFiles)], c.all.PidFiles...)
	return q
}

// Names returns the names of all queues, sorted: those of the file and the
// subdirectories of the root.
func (c *Config) Names() ([]string, error) {
	var names []string
	for name := range c.queues {
		names = append(names, name)
	}
	if c.Root != "" {
		list, err := os.ReadDir(c.Root)
		if err != nil {
			return nil, fail(c.path, 0, fmt.Errorf("root: %w", err))
		}
		for _, e := range list {
			st, err := os.Stat(filepath.Join(c.Root, e.Name()))
			if _, named := c.queues[e.Name()]; err == nil && st.IsDir() && !named {
				names = append(names, e.Name())
			}
		}
	}
	sort.Strings(names)
	return names, nil
}

// configError is an error that is Err.
type configError struct{ error }

func (e configError) Is(target error) bool { return target == Err }
func (e configError) Unwrap() error        { return e.error }

// fail makes an error that names file and line; line 0 is none in particular.
func fail(path string, line int, err error) error {
	if line > 0 {
		return configError{fmt.Errorf("%s:%d: %w", path, line, err)}
	}
	return configError{fmt.Errorf("%s: %w", path, err)}
}

// explain puts an error of the TOML reader into the form of ours.
func explain(path string, err error) error {
	if parse, ok := errors.AsType[toml.ParseError](err); ok && parse.Message != "" {
		return fail(path, parse.Position.Line, errors.New(parse.Message))
	}
	// A wrong type comes as text alone.
	text := strings.TrimPrefix(err.Error(), "toml: ")
	var line int
	if _, scanned := fmt.Sscanf(text, "line %d ", &line); scanned == nil {
		_, text, _ = strings.Cut(text, " ")
		_, text, _ = strings.Cut(text, " ")
		text = strings.TrimPrefix(text, "(last key ")
		text = strings.Replace(text, "): ", ": ", 1)
	}
	return fail(path, line, errors.New(text))
}
