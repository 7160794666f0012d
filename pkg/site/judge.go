package site

import (
	"time"

	"switchboard/pkg/queue"
)

// slop is how far apart the times of one event may be. Mailman allows 10 seconds as
// well.
const slop = 10 * time.Second

// judge decides what a mark says about the queue.
//
// A pid alone proves little. On a bind mount it may be from another container, and be
// the number of another process here, or of none. After a crash the number may have
// been used again. So the process must look like a Mailman. If it does not, or is dead,
// judge searches the process table for a Mailman. From the host, the table shows the
// processes in containers, and runners whose master was killed. A mark that is left is
// stale if that can be shown: by the age and host of the lock, or by the start of the
// process.
func (q *target) judge(mark *mark) error {
	p := q.procs.look(mark.pid)
	if p.kind() == isMailman && q.counts(mark, p) {
		return q.isRunning(mark.pid, mark.path)
	}
	if q.isOtherGeneration(mark.by) {
		return nil
	}
	if p.kind() == isHidden {
		return q.isRunning(mark.pid, mark.path)
	}
	if other, ok := q.find(mark.pid, anyone); ok {
		return q.isRunning(other.pid, mark.path)
	}
	if p.kind() == isMailman {
		return nil
	}
	if q.expired(mark) {
		return nil
	}
	if mark.lock && !q.isOurs(mark.host) {
		return q.cannotTell("%s is held by process %d on the host %q", mark.path, mark.pid, mark.host)
	}
	if p.kind() == isDead {
		// In a container, the processes of others look dead. A lock that is kept
		// fresh proves that one is not; a pid file without a lock proves nothing.
		if mark.lock && q.procs.nested() {
			return q.cannotTell("%s is held by process %d, which is not in this container", mark.path, mark.pid)
		}
		return nil
	}
	if p.started.After(mark.written.Add(slop)) && !q.procs.nested() {
		return nil // the number was used again: the master started before it wrote the mark
	}
	return q.cannotTell("%s names process %d, which is %q", mark.path, mark.pid, p.name())
}

// counts reports whether the Mailman that left the mark may work on the queue.
func (q *target) counts(mark *mark, p process) bool {
	works := q.works(p)
	switch {
	case works == here:
		return true
	case mark.own:
		// Only a Mailman of the other generation could also have the places of this
		// tree, if its var directory is the same. A configured pid file belongs to
		// no particular generation.
		return mark.by == unknown || !q.isOtherGeneration(mark.by) && !q.isOtherGeneration(p.generation())
	}
	return works != elsewhere
}

// expired reports whether the lock of the master that left the mark has expired.
// Any Mailman that starts would break such a lock.
func (q *target) expired(mark *mark) bool {
	lock := mark
	if !mark.lock {
		if mark.partner == "" {
			return false
		}
		if lock, _ = q.read(place{path: mark.partner, lock: true}); lock == nil || lock.pid != mark.pid {
			return false
		}
	}
	return q.now().After(lock.expires.Add(slop))
}

// judgeUnreadable decides about a mark that may not be read. Its owner can be seen,
// and so can the Mailmans that this user runs.
func (q *target) judgeUnreadable(place place, err error) error {
	if q.isOtherGeneration(place.by) {
		return nil
	}
	if p, ok := q.find(0, q.owner(place)); ok {
		return q.isRunning(p.pid, place.path)
	}
	// A pid file next to the queues that cannot be read is a mistake in the
	// permissions. The directory of the locks belongs to Mailman, and is more often
	// closed to others.
	if (!place.own || place.lock) && q.procs.complete() {
		return nil
	}
	return &queue.Error{Path: place.path, Err: err, Remedy: "it would say whether Mailman is running"}
}
