package pgqueue

import (
	"fmt"
	"strconv"
	"strings"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// scheme is what the paths of this package begin with.
const scheme = "pg:"

// The letters of a queue's name, and how many it may have.
const (
	letters     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
	longestName = 64
)

// CheckName checks the name of a queue.
func CheckName(name string) error {
	if name == "" || len(name) > longestName || strings.Trim(name, letters) != "" {
		return fmt.Errorf("%q is not the name of a queue: 1 to 64 letters, digits, dots, underscores and hyphens", name)
	}
	return nil
}

// Path is a parsed path of this package.
type Path struct {
	// Queue is the name of the queue.
	Queue string
	// Entry is the name of the entry, BASE or BASE.EXT, or "" for the queue itself.
	Entry string
	// Generation is that of a claim, 0 if the path has none.
	Generation int64
}

// ParsePath parses pg:QUEUE, pg:QUEUE/ENTRY or pg:QUEUE/ENTRY@GENERATION. It does not check
// the name of the entry.
func ParsePath(path string) (Path, error) {
	rest, ok := strings.CutPrefix(path, scheme)
	if !ok {
		return Path{}, fmt.Errorf("%q does not begin with %s", path, scheme)
	}
	name, entry, slash := strings.Cut(rest, "/")
	p := Path{Queue: name, Entry: entry}
	if err := CheckName(name); err != nil {
		return Path{}, err
	}
	if slash && entry == "" {
		return Path{}, fmt.Errorf("%q names no entry", path)
	}
	entry, generation, ok := strings.Cut(entry, "@")
	if ok {
		n, err := strconv.ParseInt(generation, 10, 64)
		if err != nil || n <= 0 || entry == "" {
			return Path{}, fmt.Errorf("%q has no generation after the @", path)
		}
		p.Entry, p.Generation = entry, n
	}
	return p, nil
}

// Path returns pg:NAME.
func (q *Queue) Path() string { return scheme + q.name }

// EntryPath returns the path of an entry, without a generation.
func (q *Queue) EntryPath(id queue.ID, s queue.State) string { return entryPath(q.name, id, s) }

func entryPath(name string, id queue.ID, s queue.State) string {
	return scheme + name + "/" + id.Name(s)
}

// claimPath returns the path of a claim.
func (q *Queue) claimPath(id queue.ID, generation int64) string {
	return q.EntryPath(id, queue.InFlight) + "@" + strconv.FormatInt(generation, 10)
}

// BesidePath returns the path of the queue called name in the same database.
func (q *Queue) BesidePath(name string) string { return scheme + name }

// ShuntPath returns the path of the shunt queue.
func (q *Queue) ShuntPath() string { return orElse(q.opt.Shunt, scheme+"shunt") }

// RetryPath returns the path of the retry queue.
func (q *Queue) RetryPath() string { return orElse(q.opt.Retry, scheme+"retry") }

// badPath returns the path of the bad queue.
func (q *Queue) badPath() string { return orElse(q.opt.Bad, scheme+"bad") }

func orElse(path, otherwise string) string {
	if path == "" {
		return otherwise
	}
	return path
}

// otherName returns the name of the queue that path names, to which entries of q can be moved.
func otherName(path string) (string, error) {
	p, err := ParsePath(path)
	switch {
	case !strings.HasPrefix(path, scheme):
		err = fmt.Errorf("%w: is a directory, and entries of this queue stay in the database", queue.ErrCreate)
	case err == nil && p.Entry != "":
		err = fmt.Errorf("%w: is an entry, not a queue", queue.ErrCreate)
	case err != nil:
		err = fmt.Errorf("%w: %w", queue.ErrCreate, err)
	}
	if err != nil {
		return "", &queue.Error{Path: path, Err: err}
	}
	return p.Queue, nil
}

// besides returns the name of the shunt or retry queue at path, which option chooses.
func (q *Queue) besides(path, option string) (string, error) {
	name, err := otherName(path)
	if err == nil && name == q.name {
		err = &queue.Error{
			Path: path, Err: fmt.Errorf("%w: it would be its own %s queue", queue.ErrCreate, option),
			Remedy: "name another one with --" + option,
		}
	}
	return name, err
}

// CanShunt fails if the shunt queue cannot be one of q.
func (q *Queue) CanShunt() error {
	_, err := q.besides(q.ShuntPath(), "shunt")
	return err
}

// CanRetry fails if the retry queue cannot be one of q.
func (q *Queue) CanRetry() error {
	_, err := q.besides(q.RetryPath(), "retry")
	return err
}

// origin returns the whichq of an entry of this queue. It is a name for both dialects: a path
// of this package means nothing to Mailman, and a directory next to it has that name.
func (q *Queue) origin(*message.Content) string { return q.name }
