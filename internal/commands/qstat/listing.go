package qstat

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// listing prints the entries of a queue, for -l and -e. If they are to be sorted, it only
// gathers them.
func (s *stat) listing(dir queue.Queue) error {
	stray := s.want.States[0] == queue.Stray
	switch {
	case s.full():
		return nil
	case s.byAge():
		return s.gather(dir)
	case s.sorts():
		return s.lookedAt(dir, s.each(in(dir, s.files(dir)), s.rank, nil))
	case s.entries && !s.JSON && !s.want.Opens() && !stray && !s.toPerson():
		return s.paths(dir)
	}
	files := s.files(dir)
	if (s.entries || s.limit.Given) && !stray {
		// -e promises the order, and --limit the oldest.
		files = dir.List(s.want.Name(), s.want.States...)
	}
	before := s.shown
	err := s.limited(in(dir, files))
	if err == nil && s.shown == before {
		return s.nothing(dir)
	}
	return err
}

func (s *stat) toPerson() bool { return s.c.Terminal() && !s.Null }

// plain returns a path or a name that is printed alone: as it is, unless that could disturb a
// terminal.
func (s *stat) plain(path string) string {
	if s.toPerson() {
		return cmdline.Printable(path)
	}
	return path
}

// show adds what -l or -e show of an entry.
func (s *stat) show(f *found, a *answer) error {
	switch {
	case s.JSON:
		return asJSON(f, a)
	case s.entries:
		a.text = append(a.text, s.plain(f.path)...)
	default:
		row(f, a)
	}
	return nil
}

// print prints what show has added.
func (s *stat) print(record []byte) error {
	s.shown++
	if s.JSON || s.entries {
		return s.c.Line(record)
	}
	return s.table.row(entryColumns, record)
}

// lookedAt notes a queue whose entries are printed later, unless err says that it could not
// be listed. It returns err.
func (s *stat) lookedAt(dir queue.Queue, err error) error {
	if err == nil {
		s.looked = append(s.looked, dir)
	}
	return err
}

// nothingAtAll is nothing for all queues that were looked at.
func (s *stat) nothingAtAll() error {
	for _, dir := range s.looked {
		if err := s.nothing(dir); err != nil {
			return err
		}
	}
	return nil
}

// nothing says that there was nothing to show, if that may come as a surprise.
func (s *stat) nothing(dir queue.Queue) error {
	switch {
	case s.want.Restricts():
		s.c.NothingChosen(dir.Path())
	case (s.long || s.by.Given) && !s.chosen.StateGiven() && !s.Slice.Given:
		return s.hint(dir)
	}
	return nil
}

// paths prints the paths of entries for which their names are enough. There may be a
// million, so it makes no string for each.
func (s *stat) paths(dir queue.Queue) error {
	prefix, shown := dir.Join(""), false
	for f, err := range dir.List(s.want.Name(), s.want.States...) {
		if err == nil {
			err = s.c.PrintParts(prefix, f.Name)
		}
		if err != nil {
			return err
		}
		shown = true
		if s.shown++; s.full() {
			break
		}
	}
	if !shown {
		return s.nothing(dir)
	}
	return nil
}

// row adds the row of an entry for -l.
func row(f *found, a *answer) {
	if f.state == queue.Stray {
		a.text = appendRow(a.text, "stray", "-", "-", "-", "-", "-", "-", cmdline.Printable(f.path))
		return
	}
	size, restores, list, sender, subject := "-", "-", "-", "-", "-"
	var rare []string
	if f.entry != nil {
		size = strconv.FormatInt(f.entry.Info.Size(), 10)
	}
	if m := f.content(); m != nil {
		restores, list, sender = strconv.Itoa(m.Restores()), m.List(), sentBy(m)
		subject, _ = m.Decoded("Subject")
		rare = rareCells(m)
	} else if f.err != nil {
		subject = notRead
		a.report(f.err)
	}
	a.text = appendRow(a.text, f.state.String(), cmdline.FormatAge(time.Since(f.id.Received())), size, restores,
		cell(list), cell(sender), cell(subject), cmdline.Printable(f.path))
	for _, text := range rare {
		a.text = append(append(a.text, '\t'), text...)
	}
}

// rareCells returns the cells that most entries do not have. Only preserved and shunted
// entries have an origin.
func rareCells(m *message.Content) []string {
	origin := m.WhichQueue()
	if d, ok := m.Delivery(); ok {
		left, until, answer := deliveryCells(d)
		return []string{cell(origin), left, until, answer}
	}
	if origin != "" {
		return []string{cell(origin)}
	}
	return nil
}

// sentBy returns the sender's address, or else what is in its place.
func sentBy(m *message.Content) string {
	if sender := m.Sender(); sender != "" {
		return sender
	}
	from, _ := m.Decoded("From")
	return from
}

// cell makes a header fit into a table.
func cell(s string) string {
	if s == "" {
		return "-"
	}
	return cmdline.Printable(s)
}

// hint says that a queue without ready entries has entries in other states, such as the
// preserved ones of a bad queue.
func (s *stat) hint(dir queue.Queue) error {
	n, err := dir.Count(queue.Slice{})
	if err != nil {
		return err
	}
	var others []string
	for _, state := range []queue.State{queue.InFlight, queue.Preserved} {
		if number := n.ByState[state]; number > 0 {
			others = append(others, fmt.Sprintf("%d %s", number, stateWords[state]))
		}
	}
	if len(others) > 0 {
		s.c.Warn(&queue.Error{Path: dir.Path(), Err: errors.New("nothing ready, " + strings.Join(others, ", ")), Remedy: "--state any shows all entries"})
	}
	return nil
}
