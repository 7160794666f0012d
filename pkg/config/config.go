// Package config reads the configuration file of the commands, switchboard.toml(5):
// which queues there are, by name, what the commands need to know about each, how qdeliver
// sends mail, and where the queues in PostgreSQL are.
//
// [Load] is the function you want first. It reads a file and returns a [Config];
// [Config.Named] then finds a queue by its name, and [Config.At] by its path.
// [Parse] reads text that is already in memory.
//
// # Guarantees
//
// A key that the package does not know, a value of the wrong type and an empty
// string are errors: a misspelt limit is never a missing limit. Every error is
// [Err] and names the file; an error about the content also names the line and the
// key.
//
// # Assumptions
//
// Paths in the file are relative to the directory of the file. The package looks at
// directories only where a method says so, and does not open any queue.
package config

import (
	"os"
	"path/filepath"

	"switchboard/pkg/message"
)

// DefaultPath is the file that the commands read if nothing names another one.
const DefaultPath = "/etc/switchboard.toml"

// Queue is what the file says about one queue, or about all of them.
type Queue struct {
	// Path is the queue's directory, or begins with a [Scheme].
	Path string
	// Configured means that the file has a table for the queue, or that the queue is in
	// the file's root.
	Configured bool
	// Format is the dialect to write into the queue, or Unknown.
	Format message.Dialect
	// Bad and Shunt are the paths of its bad queue and its shunt queue, or "".
	Bad, Shunt string
	// MaxRestores limits the restores of an entry. -1 means that the file sets no limit.
	MaxRestores int
	// PidFiles are the pid files of the Mailman masters that may work on it.
	PidFiles []string
	// MailmanLog is the log in which the Mailman of the queue writes its errors, or "".
	MailmanLog string
}

// Config is a configuration. The zero Config is that of a missing file.
type Config struct {
	// Root is the directory whose subdirectories are queues, or "".
	Root string
	// OpenRoot opens Root to list it. If it is nil, that is os.Open.
	OpenRoot func(path string) (*os.File, error)
	// Log is where changes of entries are logged.
	Log Log
	// Deliver is what the file says about sending mail.
	Deliver Deliver
	// PG is what the file says about queues in PostgreSQL.
	PG     PG
	path   string
	all    Queue
	queues map[string]Queue
}

// Log says where changes of entries are logged, and how. The zero Log is none.
type Log struct {
	// Path is the file, or "". Syslog means the system's log.
	Path   string
	Syslog bool
	// JSON means JSON Lines.
	JSON bool
}

// On reports whether there is a log.
func (l Log) On() bool { return l.Syslog || l.Path != "" }

// Scheme returns what the path of a queue of another kind than a directory begins with,
// without the colon: "pg" for pg:out. It returns "" for a directory. One whose name looks
// like that is ./pg:out.
func Scheme(path string) string {
	for i, c := range []byte(path) {
		switch {
		case c == ':':
			return path[:i]
		case c < 'a' || c > 'z':
			return ""
		}
	}
	return ""
}

// absolute resolves a path of the file, which is relative to the file's directory.
func (c *Config) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(filepath.Dir(c.path), path)
}
