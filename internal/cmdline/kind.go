package cmdline

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"switchboard/pkg/config"
	"switchboard/pkg/queue"
)

// Kind is a kind of queues besides directories. The path of such a queue is SCHEME:NAME, that
// of an entry SCHEME:NAME/ENTRY, and that of a claim SCHEME:NAME/ENTRY@GENERATION.
type Kind struct {
	// Scheme is what its paths begin with, without the colon.
	Scheme string
	// CheckName returns what is wrong with the name of a queue.
	CheckName func(name string) error
	// Connect connects to what has the queues. It is called when the first one is opened.
	Connect func(*Context) (Server, error)
}

// Server has the queues of a kind.
type Server interface {
	// Queue opens the queue of that name.
	Queue(name string, o queue.Options) (queue.Queue, error)
	// View returns a queue as those see it who have one claim of an entry, that of a
	// generation: see [queue.View]. An error says what is wrong with the generation.
	View(q queue.Queue, id queue.ID, generation string) (queue.Queue, error)
	// Close ends the connection. The queues were closed before.
	Close() error
}

// kinds are the kinds of queues that a program can open besides directories, and the servers
// that it is connected to.
type kinds struct {
	known   []Kind
	servers map[string]Server
	failed  map[string]failure
	context *Context
}

// failure is why a server could not be connected to.
type failure struct {
	at  time.Time
	err error
}

// find returns the kind of that scheme, or nil.
func (k *kinds) find(scheme string) *Kind {
	for i := range k.known {
		if k.known[i].Scheme == scheme {
			return &k.known[i]
		}
	}
	return nil
}

// server returns the server of the queue at path, and the queue's name.
func (k *kinds) server(path string) (Server, string, error) {
	scheme, name, _ := strings.Cut(path, ":")
	kind := k.find(scheme)
	if kind == nil {
		return nil, "", notOneKind(path)
	}
	if err := kind.CheckName(name); err != nil {
		return nil, "", Usagef("%s: %w", path, err)
	}
	// A server that did not answer is not asked again for each entry.
	if f := k.failed[scheme]; f.err != nil && time.Since(f.at) < firstPause {
		return nil, "", about(f.err, path)
	}
	if s := k.servers[scheme]; s != nil {
		return s, name, nil
	}
	s, err := kind.Connect(k.context)
	if err != nil {
		k.failed[scheme] = failure{time.Now(), err}
		return nil, "", about(err, path)
	}
	k.servers[scheme] = s
	return s, name, nil
}

// about returns an error about the server of the queue at path as one about the queue.
func about(err error, path string) error {
	if e, ok := err.(*queue.Error); ok {
		return &queue.Error{Path: path, Err: e.Err, Remedy: e.Remedy}
	}
	return err
}

func (k *kinds) close() {
	for _, s := range k.servers {
		s.Close()
	}
}

// openPath opens the queue at path, of whatever kind.
func (q *Queues) openPath(path string, o queue.Options) (queue.Queue, error) {
	if config.Scheme(path) == "" {
		return asQueue(queue.Open(path, o))
	}
	server, name, err := q.kinds.server(path)
	if err != nil {
		return nil, err
	}
	return server.Queue(name, o)
}

// view returns the queue dir for the claims of the generation that an operand has.
func (q *Queues) view(o Operand, dir queue.Queue) (queue.Queue, error) {
	if config.Scheme(dir.Path()) == "" {
		return nil, Usagef("%s: %s is a directory, whose claims have no number", o.Path, dir.Path())
	}
	server, _, err := q.kinds.server(dir.Path())
	if err != nil {
		return nil, err
	}
	view, err := server.View(dir, o.ID, o.Generation)
	if err != nil {
		err = Usagef("%s: @%s %w", o.Path, o.Generation, err)
	}
	return view, err
}

// CheckGeneration returns a usage error if the operand names a claim that cannot be ended
// without its generation: the entry may have been restored and claimed by somebody else.
func (o Operand) CheckGeneration() error {
	if o.Generation != "" || config.Scheme(o.Dir.Path()) == "" {
		return nil
	}
	return Usagef("%s: the number of the claim is missing: give the path that qdequeue printed, which ends in .bak@NUMBER", o.Path)
}

// cutGeneration cuts the generation off the path of a claim. Files in directories have none:
// an @ belongs to their names.
func cutGeneration(path string) (entry, generation string) {
	slash := strings.LastIndexByte(path, '/')
	if slash >= 0 && config.Scheme(path) == "" {
		return path, ""
	}
	at := strings.LastIndexByte(path, '@')
	if at <= slash {
		return path, ""
	}
	return path[:at], path[at+1:]
}

// errMixed says that operands are not of one kind.
var errMixed = errors.New("is in another kind of queue than the others: name entries and queues of one kind at a time")

// notOneKind is the usage error for a path that is of another kind than the rest.
func notOneKind(path string) error { return usage{fmt.Errorf("%s: %w", path, errMixed)} }
