package site

import (
	"time"

	"switchboard/pkg/queue"
)

// slop is how far apart the times of one event may be: Mailman's own 10 seconds.
const slop = 10 * time.Second

// judge decides what a mark says about the queue.
//
// A pid alone proves little: on a bind mount it may be of another container, where it
// is another process's or nobody's, and after a crash the number may have been used
// again. So the process must look like a Mailman. If it does not, or is dead, a
// Mailman is searched for in the process table, which from the host shows those in
// containers, and runners whose master was killed. What then remains is stale if it
// can be shown to be, by the lock's age and host or the start of the process.
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
		// In a container, the processes of others are dead by all appearance; a lock that
		// is kept fresh says otherwise. A pid file without one says nothing.
		if mark.lock && q.procs.nested() {
			return q.cannotTell("%s is held by process %d, which is not in this container", mark.path, mark.pid)
		}
		return nil
	}
	if p.started.After(mark.written.Add(slop)) && !q.procs.nested() {
		return nil // the master wrote the mark, so it started earlier: the number was used again
	}
	return q.cannotTell("%s names process %d, which is %q", mark.path, mark.pid, p.name())
}

// counts says whether the Mailman that left the mark may work on the queue.
func (q *target) counts(mark *mark, p process) bool {
	works := q.works(p)
	switch {
	case works == here:
		return true
	case mark.own:
		// Who has a tree's own places may only be a Mailman of the other generation, whose
		// var directory is the same. A configured pid file is of none in particular.
		return mark.by == unknown || !q.isOtherGeneration(mark.by) && !q.isOtherGeneration(p.generation())
	}
	return works != elsewhere
}

// expired says whether the lock of the master that left the mark has expired, so that any
// Mailman that starts would break it.
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

// judgeUnreadable decides about a mark that may not be read. Whose it is can be seen,
// and which Mailmans that user runs.
func (q *target) judgeUnreadable(place place, err error) error {
	if q.isOtherGeneration(place.by) {
		return nil
	}
	if p, ok := q.find(0, q.owner(place)); ok {
		return q.isRunning(p.pid, place.path)
	}
	// A pid file beside the queues that cannot be read is an error in the permissions. The
	// directory of the locks is the Mailman's own, and more often closed to others.
	if (!place.own || place.lock) && q.procs.complete() {
		return nil
	}
	return &queue.Error{Path: place.path, Err: err, Remedy: "it would say whether Mailman is running"}
}
