package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"switchboard/pkg/message"
)

// Named returns the queue of that name. A queue that has no table is looked for
// in the root directory.
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
	return c.complete(Queue{Path: path, Configured: true, MaxRestores: unset.MaxRestores}), true
}

// Declares reports whether the file has a table for the queue of that name. Other
// queues are only found in the root directory.
func (c *Config) Declares(name string) bool {
	_, ok := c.queues[name]
	return ok
}

// NamesQueues reports whether the file says where queues are: in a table, or by a root.
func (c *Config) NamesQueues() bool { return len(c.queues) > 0 || c.Root != "" }

// At returns what the file says about the queue at path. The file may name the
// queue by another path, if one of the two leads through a link.
func (c *Config) At(path string) Queue {
	plain := Queue{Path: path, MaxRestores: unset.MaxRestores}
	if !c.NamesQueues() {
		return c.complete(plain)
	}
	if Scheme(path) != "" {
		for _, q := range c.queues {
			if q.Path == path {
				return c.complete(q)
			}
		}
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

// Schemes returns the schemes of the queues that are not directories, sorted.
func (c *Config) Schemes() []string {
	var schemes []string
	for _, q := range c.queues {
		if scheme := Scheme(q.Path); scheme != "" && !slices.Contains(schemes, scheme) {
			schemes = append(schemes, scheme)
		}
	}
	slices.Sort(schemes)
	return schemes
}

// complete adds what the file says about all queues. A bad or shunt queue is one for the
// queues of its kind.
func (c *Config) complete(q Queue) Queue {
	if q.Format == message.Unknown {
		q.Format = c.all.Format
	}
	if q.Bad == "" && Scheme(c.all.Bad) == Scheme(q.Path) {
		q.Bad = c.all.Bad
	}
	if q.Shunt == "" && Scheme(c.all.Shunt) == Scheme(q.Path) {
		q.Shunt = c.all.Shunt
	}
	if q.MailmanLog == "" {
		q.MailmanLog = c.all.MailmanLog
	}
	if q.MaxRestores < 0 && len(c.path) > 0 {
		q.MaxRestores = c.all.MaxRestores
	}
	q.PidFiles = append(q.PidFiles[:len(q.PidFiles):len(q.PidFiles)], c.all.PidFiles...)
	return q
}

// Names returns the names of all queues, sorted: those that have a table, and the
// subdirectories of the root.
func (c *Config) Names() ([]string, error) {
	var names []string
	for name := range c.queues {
		names = append(names, name)
	}
	if c.Root != "" {
		list, err := c.listRoot()
		if err != nil {
			return nil, fail(c.path, fmt.Errorf("root: %w", err))
		}
		for _, name := range list {
			st, err := os.Stat(filepath.Join(c.Root, name))
			if _, named := c.queues[name]; err == nil && st.IsDir() && !named {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

func (c *Config) listRoot() ([]string, error) {
	open := os.Open
	if c.OpenRoot != nil {
		open = c.OpenRoot
	}
	dir, err := open(c.Root)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Readdirnames(-1)
}
