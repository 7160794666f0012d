package site

import "slices"

// find searches the process table for a Mailman that may work on the queue, run by
// user or, if user is anyone, by anybody. pid is the number in the mark: a process
// in a container has that number there.
func (q *target) find(pid, user int) (process, bool) {
	for _, n := range q.procs.all() {
		// The command line alone rules out most processes.
		if (process{argv: q.procs.argv(n)}).script() == "" {
			continue
		}
		p := q.procs.look(n)
		if p.kind() != isMailman || user != anyone && p.uid != user {
			continue
		}
		switch q.works(p) {
		case here:
			return p, true
		case nowhere:
			if len(p.inner) == 0 || pid == 0 || slices.Contains(p.inner, pid) {
				return p, true
			}
		}
	}
	return process{}, false
}
