package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"

	"switchboard/pkg/message"
)

// Load reads the file at path. If optional, a file that does not exist is read as
// an empty one.
func Load(path string, optional bool) (*Config, error) {
	text, err := readFile(path)
	if errors.Is(err, os.ErrNotExist) && optional {
		return &Config{}, nil
	}
	if err != nil {
		return nil, fail(path, err)
	}
	return Parse(path, string(text))
}

// Parse reads the text of a file. Errors name path, and the file's relative paths
// are relative to its directory. Parse returns the first error in the file.
func Parse(path, text string) (*Config, error) {
	p := parser{text: text}
	meta, err := toml.Decode(text, &p.values)
	if err != nil {
		return nil, syntaxError(path, err)
	}
	p.config = &Config{path: path, all: unset, queues: map[string]Queue{}}
	for _, key := range meta.Keys() {
		if err := p.set(key); err != nil {
			return nil, p.fail(key, err)
		}
	}
	for _, key := range meta.Keys() {
		if err := p.place(key); err != nil {
			return nil, p.fail(key, err)
		}
	}
	return p.config, nil
}

// unset is a queue that the file says nothing about.
var unset = Queue{MaxRestores: -1}

// parser fills in a Config key by key.
type parser struct {
	text   string
	values map[string]any
	config *Config
}

// fail returns an error about a key: file:line: key: what is wrong.
func (p *parser) fail(key toml.Key, err error) error {
	where := p.config.path
	if line := lineOf(p.text, key); line > 0 {
		where = fmt.Sprintf("%s:%d", where, line)
	}
	return configError{fmt.Errorf("%s: %s: %w", where, key, err)}
}

var (
	errUnknown = errors.New("unknown key")
	errEmpty   = errors.New("is empty")
	errString  = errors.New("must be a string")
	errTable   = errors.New("must be a table")
)

// set stores the value of a key: root, KEY, deliver.KEY, pg.KEY, queue.NAME or queue.NAME.KEY.
func (p *parser) set(key toml.Key) error {
	value := p.value(key)
	// Upper case in keys has always been accepted.
	first := strings.ToLower(key[0])
	switch first {
	case deliverTable:
		return p.setDeliver(key, value)
	case pgTable:
		return p.setPG(key, value)
	}
	if first != "queue" {
		if len(key) > 1 {
			return errUnknown
		}
		switch first {
		case "root":
			return p.config.setPath(&p.config.Root, value)
		case "log":
			if value == systemLog {
				p.config.Log.Syslog = true
				return nil
			}
			return p.config.setPath(&p.config.Log.Path, value)
		case "log-format":
			return setLogFormat(&p.config.Log.JSON, value)
		}
		return p.config.setting(&p.config.all, first, value)
	}
	if len(key) < 3 {
		if _, ok := value.(map[string]any); !ok {
			return errTable
		}
		if len(key) < 2 {
			return nil
		}
	}
	name := key[1]
	if name == "" || strings.ContainsAny(name, "/\x00") {
		return fmt.Errorf("%q cannot be the name of a queue", name)
	}
	queue, ok := p.config.queues[name]
	if !ok {
		queue = unset
		queue.Configured = true
	}
	switch {
	case len(key) > 3:
		return errUnknown
	case len(key) == 3:
		setting := strings.ToLower(key[2])
		set := p.config.setting
		if setting == "path" {
			set = func(q *Queue, _ string, value any) error { return p.config.setQueue(&q.Path, value) }
		}
		if err := set(&queue, setting, value); err != nil {
			return err
		}
	}
	p.config.queues[name] = queue
	return nil
}

// value returns the value of a key.
func (p *parser) value(key toml.Key) any {
	var value any = p.values
	for _, name := range key {
		table, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = table[name]
	}
	return value
}

// place looks at a key once all are stored. It gives the queue of a key the path that it has
// in the root, if the file does not give it another.
func (p *parser) place(key toml.Key) error {
	switch first := strings.ToLower(key[0]); {
	case first == deliverTable:
		return p.pairDeliver(key)
	case first != "queue", len(key) < 2:
		return nil
	}
	queue := p.config.queues[key[1]]
	if queue.Path == "" {
		if p.config.Root == "" {
			return errors.New("has no path, and there is no root")
		}
		queue.Path = filepath.Join(p.config.Root, key[1])
		p.config.queues[key[1]] = queue
	}
	if len(key) == 3 {
		return checkKind(queue, strings.ToLower(key[2]))
	}
	return nil
}

// checkKind refuses a bad or shunt queue of another kind than the queue: its entries could
// not be moved there.
func checkKind(queue Queue, setting string) error {
	aside := map[string]string{"bad": queue.Bad, "shunt": queue.Shunt}[setting]
	if aside == "" || Scheme(aside) == Scheme(queue.Path) {
		return nil
	}
	return fmt.Errorf("%s is not of the kind of %s", aside, queue.Path)
}

// setting stores a setting that all queues can have.
func (c *Config) setting(q *Queue, name string, value any) error {
	switch name {
	case "format":
		return setFormat(&q.Format, value)
	case "bad":
		return c.setQueue(&q.Bad, value)
	case "shunt":
		return c.setQueue(&q.Shunt, value)
	case "max-restores":
		n, ok := value.(int64)
		if !ok {
			return errors.New("must be a number")
		}
		if n < 0 || n > 255 {
			return errors.New("must be 0 (never) to 255")
		}
		q.MaxRestores = int(n)
		return nil
	case "pid-file":
		return c.setPaths(&q.PidFiles, value)
	case "mailman-log":
		return c.setPath(&q.MailmanLog, value)
	}
	return errUnknown
}

// text returns a value that must be a string. An empty one is an error: taken for a value
// that is not set, it would make a command use the default that the file means to replace.
func text(value any) (string, error) {
	s, ok := value.(string)
	switch {
	case !ok:
		return "", errString
	case s == "":
		return "", errEmpty
	}
	return s, nil
}

func setFormat(to *message.Dialect, value any) error {
	name, err := text(value)
	if err != nil {
		return err
	}
	format, err := message.ParseDialect(name)
	if err != nil {
		return err
	}
	*to = format
	return nil
}

// systemLog is the value of log that is not a path. textLines and jsonLines are those of
// log-format.
const (
	systemLog = "syslog"
	textLines = "text"
	jsonLines = "json"
)

func setLogFormat(json *bool, value any) error {
	name, err := text(value)
	if err != nil {
		return err
	}
	if name != textLines && name != jsonLines {
		return fmt.Errorf("%q is neither %s nor %s", name, textLines, jsonLines)
	}
	*json = name == jsonLines
	return nil
}

// setPath stores a path.
func (c *Config) setPath(to *string, value any) error {
	path, err := text(value)
	if err != nil {
		return err
	}
	*to = c.absolute(path)
	return nil
}

// setQueue stores the path of a queue, which may be of another kind than a directory.
func (c *Config) setQueue(to *string, value any) error {
	if path, err := text(value); err == nil && Scheme(path) != "" {
		*to = path
		return nil
	}
	return c.setPath(to, value)
}

// setPaths stores a path or a list of paths.
func (c *Config) setPaths(to *[]string, value any) error {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, value := range list {
		var path string
		switch err := c.setPath(&path, value); err {
		case nil:
		case errString:
			return errors.New("must be a string or a list of strings")
		default:
			return err
		}
		*to = append(*to, path)
	}
	return nil
}
