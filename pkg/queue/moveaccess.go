package queue

import (
	"io/fs"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

// access says whether the owner of the queue that an entry moves to can read the entry.
type access uint8

const (
	canRead access = iota
	// justGiven is canRead of a file whose owner or mode may not be durable: a run that was
	// killed may have set them.
	justGiven
	// mustGive means that root gives the file to that owner before it moves.
	mustGive
)

// lookForAccess finds out whether the owner of the target, which has the attributes queue,
// can read the entry. If a Mailman 2.1 met an entry there that it cannot read, its runner
// would try again without a pause, and log each try; that of a Mailman 3 would preserve it.
// Root does not give away a file that somebody may have put into the queue to be given it:
// one that also has another name, or that is not an entry.
func (c *change) lookForAccess(queue disk.Stat) error {
	file, root := c.found.stat, c.dir.sys.Root()
	switch {
	case readableIn(queue, file) && root && !c.dir.olderThan(file.ChangeTime, time.Minute, false):
		c.found.access = justGiven
	case readableIn(queue, file):
		c.found.access = canRead
	case root && (file.Nlink > 1 || c.found.malformed != nil):
		return &Error{Path: c.path, Err: notReadable{c.found.target.path}, Remedy: "root gives away only entries, and only if they have no other name"}
	case root:
		c.found.access = mustGive
	default:
		return &Error{Path: c.path, Err: notReadable{c.found.target.path}, Remedy: "root can move it, and gives it to that owner"}
	}
	return nil
}

// notReadable is the fs.ErrPermission of an entry that the owner of queue could not read.
type notReadable struct{ queue string }

func (e notReadable) Error() string      { return "the owner of " + e.queue + " could not read it" }
func (notReadable) Is(target error) bool { return target == fs.ErrPermission }

// readableIn reports whether those who work on a queue can read a file, by owner, group and
// mode. They are the queue's owner, who is in its group, or if that is root, the group.
func readableIn(queue, file disk.Stat) bool {
	const ownerReads, groupReads, otherReads = 0o400, 0o040, 0o004
	rights := uint32(otherReads)
	switch {
	case queue.UID == 0 && queue.GID == 0:
		return true
	case queue.UID == file.UID && queue.UID != 0:
		rights = ownerReads
	case queue.GID == file.GID:
		rights = groupReads
	}
	return file.Mode&rights != 0
}

// give gives the entry's file to the owner of the queue that it moves to. The owner comes
// before the mode: the mode then gives no rights to the old group.
func (c *change) give() error {
	queue, err := c.queue.dir.Stat()
	if err != nil {
		return &Error{Path: c.queue.path, Err: err}
	}
	if err := give(c.file, c.found.stat, queue, ourMode); err != nil {
		return c.fail(err)
	}
	return nil
}
