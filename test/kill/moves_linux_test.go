package kill

import "slices"

// moved is a message on its way, and what a task knows of it.
type moved struct {
	// file is where it is, and copied where it also is while it moves to another filesystem.
	file, copied outcome
	// claimed, given and counted mean that the task has claimed it, had it handled, and counted a
	// restore, and has not come to the end of that yet.
	claimed, given, counted bool
	// tried means that the task has requeued it, and does not take it again.
	tried bool
	// late means that qfinish has taken it from the task, which may yet count a restore in the file.
	late bool
	// ended means that the task has done with it what it was told.
	ended bool
	// handed is how often the task has handed it out.
	handed int
}

// item is a message whose way is looked at.
type item struct {
	base string
	// raw means that its file cannot be read as an entry.
	raw bool
	// mine means that the task stores it.
	mine bool
	// large means that its text is not shorter than the constant of that name.
	large bool
	// homeless means that its metadata names no queue as its origin.
	homeless bool
}

// large is what the qdiscard of the scenarios is told with --smaller-than, in bytes.
const large = 1 << 20

// mostHanded is how often a task hands out a message: twice if COMMAND crashes, and twice again if
// somebody has released it meanwhile.
const mostHanded = 4

// places returns where a message is.
func (m *moved) places() []outcome {
	return slices.DeleteFunc([]outcome{m.file, m.copied}, func(o outcome) bool { return o.place == gone })
}

// reach returns the ways of a message to certain places, by the moves of a task.
func (d *task) reach(i *item, from []moved, to []outcome) (there []moved) {
	known := map[moved]bool{}
	for len(from) > 0 {
		m := from[0]
		from = from[1:]
		if known[m] || m.handed > mostHanded {
			continue
		}
		known[m] = true
		if places := m.places(); slices.Equal(places, to) || len(places) == 2 && slices.Equal([]outcome{places[1], places[0]}, to) {
			there = append(there, m)
		}
		from = append(from, d.moves(i, m)...)
	}
	return there
}

// moves returns what a task may do next with a message: steps of which each changes one name, or one
// count, or hands it out.
func (d *task) moves(i *item, m moved) []moved {
	s := &steps{item: i, moved: m, here: d.takes(i, m.file.place)}
	if m.late && m.file.place != gone && !i.raw {
		s.step(func(to *moved) { to.file.restores, to.late = m.file.restores+1, false })
	}
	switch {
	case m.copied.place != gone:
		// Whoever meets one of the two completes the move.
		if m.claimed || s.here || d.takes(i, m.copied.place) {
			s.step(func(to *moved) { to.file, to.copied, to.claimed, to.ended = m.copied, outcome{}, false, true })
		}
	case d.command == "qenqueue":
		if i.mine && !m.ended {
			s.end(at(d.to, 0))
		}
	case d.command == "qdequeue":
		d.dequeue(s)
	case d.command == "qrun":
		d.handle(s)
	case d.command == "qmove" && m.claimed && s.claim():
		s.end(at(d.to, m.file.restores))
		s.requeue(false)
	case !s.here, m.tried, i.raw && d.command == "qrestore" && d.releases, i.raw && d.command == "qmove" && s.far(d.to):
	case d.command == "qrestore" && !d.releases:
		d.restore(s)
	case d.releases:
		if m.file.restores > 0 {
			s.step(func(to *moved) { to.file.restores = 0 })
		}
		s.end(at(d.to, 0))
	case d.command == "qmove" && s.far(d.to):
		s.take()
	case d.to == gone: // qfinish, qdiscard
		s.end(outcome{})
	default:
		s.end(at(d.to, m.file.restores))
	}
	return s.next
}

// dequeue has the steps of qdequeue: it claims what is ready, and prints the claim.
func (d *task) dequeue(s *steps) {
	switch {
	case s.claimed && !s.raw:
		s.step(func(to *moved) { to.claimed, to.ended, to.handed = false, true, s.handed+1 })
	case s.claimed && s.claim():
		s.end(at(d.bad, 0))
	case s.here:
		s.take()
	}
}

// restore has the steps of a restore: the count, and then the name.
func (d *task) restore(s *steps) {
	count := s.file.restores
	switch {
	case s.raw:
		s.end(at(d.bad, 0))
	case !s.counted:
		s.step(func(to *moved) { to.file.restores, to.counted = min(count+1, max(count, d.limit)), true })
	case count >= d.limit:
		s.end(at(d.bad, count))
	default:
		s.end(at(place{s.file.queue, ready.ext}, count))
	}
}

// handle has the steps of qrun: it restores what is in flight, claims what is ready, has it handled,
// and ends the claim.
func (d *task) handle(s *steps) {
	switch {
	case s.claimed && s.raw && s.claim():
		s.end(at(d.bad, 0))
	case s.claimed && !s.raw && !s.given:
		s.step(func(to *moved) { to.given, to.handed = true, s.handed+1 })
	case s.claimed && (!s.claim() || d.handler == crashes):
		// Somebody has finished or requeued its claim, or it is restored.
		s.step(func(to *moved) { to.claimed, to.given = false, false })
	case s.claimed && d.handler == succeeds:
		s.end(outcome{})
	case s.claimed && d.handler == fails:
		s.end(at(d.to, s.file.restores))
	case s.claimed:
		s.requeue(true)
	case s.here && s.file.ext == inFlight.ext:
		d.restore(s)
	case s.here && !s.tried:
		s.take()
	}
}

// steps are those that a task may take next with a message.
type steps struct {
	*item
	moved
	// here means that the task takes what is where the message is.
	here bool
	next []moved
}

// claim reports whether a message that was claimed still has the name of a claim.
func (s *steps) claim() bool { return s.file.ext == inFlight.ext }

// far reports whether a place is on another filesystem than the message.
func (s *steps) far(to place) bool { return (s.file.queue == far.queue) != (to.queue == far.queue) }

func (s *steps) step(change func(to *moved)) {
	to := s.moved
	change(&to)
	s.next = append(s.next, to)
}

// take claims the message.
func (s *steps) take() {
	s.step(func(to *moved) { to.file.ext, to.claimed = inFlight.ext, true })
}

// requeue gives a claim back, which may be what the task was told.
func (s *steps) requeue(told bool) {
	s.step(func(to *moved) {
		to.file.ext, to.claimed, to.given, to.tried, to.ended = ready.ext, false, false, true, told
	})
}

// end brings the message to where the task ends. To another filesystem it is copied first.
func (s *steps) end(o outcome) {
	s.step(func(to *moved) {
		if s.file.place != gone && o.place != gone && s.far(o.place) {
			to.copied, to.counted = o, false
			return
		}
		to.file, to.claimed, to.given, to.counted, to.ended = o, false, false, false, true
	})
}
