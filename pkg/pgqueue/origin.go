package pgqueue

import (
	"fmt"
	"path"
	"strings"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// Origin finds the queue that an entry of q with content c came from. Its whichq names a queue
// of the same database, as Shunt and Preserve note it, or one of the known queues. An entry that
// came from a directory in that state has a path, whose last part is the name.
func (q *Queue) Origin(id queue.ID, from queue.State, c *message.Content, known map[string]queue.Known) (queue.Origin, error) {
	which := c.WhichQueue()
	if k, ok := known[which]; ok && strings.HasPrefix(k.Path, scheme) && k.Path != q.Path() {
		return queue.Origin{Path: k.Path}, nil
	}
	name, gone := which, ""
	if strings.Contains(which, "/") {
		name, gone = path.Base(which), which
	}
	reason := ""
	switch {
	case which == "":
		reason = "its metadata has no whichq"
	case CheckName(name) != nil:
		reason = "its whichq does not name a queue: " + fmt.Sprintf("%.200q", which)
	case name == q.name:
		reason = "its whichq is this queue itself: " + fmt.Sprintf("%.200q", which)
	default:
		return queue.Origin{Path: q.BesidePath(name), Gone: gone}, nil
	}
	return queue.Origin{}, &queue.Error{Path: q.EntryPath(id, from), Err: noOrigin(reason), Remedy: "name the queue with --to"}
}

// OpenOrigin opens an origin as a queue of its own.
func (q *Queue) OpenOrigin(origin queue.Origin, o queue.Options) (queue.Queue, error) {
	name, err := otherName(origin.Path)
	if err != nil {
		return nil, err
	}
	return q.server.Queue(name, o)
}

// noOrigin is an ErrOrigin with the reason as its text.
type noOrigin string

func (e noOrigin) Error() string        { return string(e) }
func (e noOrigin) Is(target error) bool { return target == queue.ErrOrigin }
