package cmdline

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"switchboard/pkg/config"
	"switchboard/pkg/queue"
	"switchboard/pkg/site"
)

// Site returns the paths of all queues of the site, each queue once: those that the
// configuration names or, if it names none, those of the Mailmans on this machine. If a
// Mailman's directory of queues cannot be read, that directory is one of the paths, and
// opening it says why.
func (q *Queues) Site() ([]string, error) {
	conf, names, err := q.configured()
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, name := range names {
		found, _ := conf.Named(name)
		paths = append(paths, found.Path)
	}
	for _, found := range q.installations() {
		paths = append(paths, found.Queues...)
		if len(found.Queues) == 0 {
			paths = append(paths, found.Path)
		}
	}
	return once(paths), nil
}

// once removes paths that lead to the same directory, or to the same queue of another kind,
// as one before them.
func once(paths []string) []string {
	var seen []os.FileInfo
	others := map[string]bool{}
	return slices.DeleteFunc(paths, func(path string) bool {
		if config.Scheme(path) != "" {
			again := others[path]
			others[path] = true
			return again
		}
		st, err := os.Stat(path)
		if err != nil {
			return false
		}
		again := slices.ContainsFunc(seen, func(other os.FileInfo) bool { return os.SameFile(st, other) })
		seen = append(seen, st)
		return again
	})
}

// NoSite is the usage error for a command without operands that has no site to look at.
func (q *Queues) NoSite() error {
	const none = "missing QUEUE or ENTRY operand: the configuration names no queue"
	if !q.searches() {
		return Usagef(none)
	}
	return Usagef(none + ", and no Mailman was found in /var/lib/mailman/qfiles, /var/lib/mailman3/queue or the other places that switchboard(7) lists")
}

// searches reports whether the site is what is found on this machine. It is not if the
// configuration names queues, or if the user or the environment names a configuration:
// only what that says is the site then, even if it is nothing.
func (q *Queues) searches() bool {
	conf, err := q.Config()
	return err == nil && q.options.Config == "" && q.environment == "" && !conf.NamesQueues()
}

// installations returns the Mailmans on this machine, if they are the site.
func (q *Queues) installations() []site.Installation {
	if q.found == nil && q.searches() {
		q.found = append([]site.Installation{}, site.Installations()...)
	}
	return q.found
}

// called returns the paths of the queues of that name that were found on this machine, and
// the Mailmans whose queues may not be read.
func (q *Queues) called(name string) (paths, unread []string) {
	for _, found := range q.installations() {
		if len(found.Queues) == 0 {
			unread = append(unread, found.Path)
		}
		for _, path := range found.Queues {
			if filepath.Base(path) == name {
				paths = append(paths, path)
			}
		}
	}
	return paths, unread
}

// installed returns the path of the queue of that name that was found on this machine. If
// there is none, it returns the name, or a path whose error says that it may not be read.
func (q *Queues) installed(name string) (string, error) {
	paths, unread := q.called(name)
	switch {
	case len(paths) > 1:
		return "", &queue.Error{Path: name, Err: ambiguous(paths)}
	case len(paths) == 1:
		return paths[0], nil
	case len(unread) > 0:
		return filepath.Join(unread[0], name), nil
	}
	return name, nil
}

// ambiguous is the ErrNotQueue of a name that several Mailmans have a queue of.
type ambiguous []string

func (e ambiguous) Error() string {
	return "is a queue of more than one Mailman: " + strings.Join(e, ", ") + "; name one"
}
func (ambiguous) Is(target error) bool { return target == queue.ErrNotQueue }

// suggest says of a queue that does not exist which ones of that name were found.
func (q *Queues) suggest(operand string, err error) error {
	if q.looks || strings.Contains(operand, "/") || !errors.Is(err, unix.ENOENT) {
		return err
	}
	e, ok := errors.AsType[*queue.Error](err)
	paths, _ := q.called(operand)
	if !ok || len(paths) == 0 {
		return err
	}
	return &queue.Error{Path: e.Path, Err: e.Err, Remedy: "found " + strings.Join(paths, " and ") +
		": give the path, or set root in switchboard.toml(5) to use names"}
}
