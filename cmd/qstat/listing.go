package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// listing prints the entries of a queue, for -l and -e.
func (s *stat) listing(dir *queue.Dir) error {
	toPerson := s.c.Terminal() && !s.Null
	if s.entries && !s.JSON && !s.want.Opens() && s.want.States[0] != queue.Stray && !toPerson {
		return s.paths(dir)
	}
	shown := 0
	err := s.each(dir, func(f *found, a *answer) error {
		switch {
		case s.JSON:
			return asJSON(dir, f, a)
		case s.entries && toPerson:
			a.text = append(a.text, cmdline.Printable(f.path)...)
		case s.entries:
			a.text = append(a.text, f.path...)
		default:
			row(f, a)
		}
		a.record()
		return nil
	}, func(record []byte) error {
		shown++
		if s.JSON || s.entries {
			return s.c.Line(record)
		}
		return s.table.row(entryColumns, record)
	})
	if err == nil && shown == 0 {
		return s.nothing(dir)
	}
	return err
}

// nothing says that there was nothing to show, if that may come as a surprise.
func (s *stat) nothing(dir *queue.Dir) error {
	switch {
	case s.want.Restricts():
		s.c.NothingChosen(dir.Path())
	case s.long && !s.chosen.StateGiven() && !s.Slice.Given:
		return s.hint(dir)
	}
	return nil
}

// paths prints the paths of entries for which their names are enough. There may be a
// million, so it makes no string for each.
func (s *stat) paths(dir *queue.Dir) error {
	prefix, shown := dir.Join(""), false
	for f, err := range dir.List(s.want.Name(), s.want.States...) {
		if err == nil {
			err = s.c.PrintParts(prefix, f.Name)
		}
		if err != nil {
			return err
		}
		shown = true
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
	size, restores, list, sender, subject, origin := "-", "-", "-", "-", "-", ""
	if f.entry != nil {
		size = strconv.FormatInt(f.entry.Info.Size(), 10)
	}
	if m := f.content(); m != nil {
		restores, list = strconv.Itoa(m.Restores()), m.List()
		if sender = m.Sender(); sender == "" {
			sender, _ = m.Decoded("From")
		}
		subject, _ = m.Decoded("Subject")
		origin = m.WhichQueue()
	} else if f.err != nil {
		subject = "(cannot be read)"
		a.report(f.err)
	}
	a.text = appendRow(a.text, f.state.String(), cmdline.FormatAge(time.Since(f.id.Received())), size, restores,
		cell(list), cell(sender), cell(subject), cmdline.Printable(f.path))
	// Only preserved and shunted entries have an origin.
	if origin != "" {
		a.text = append(append(a.text, '\t'), cell(origin)...)
	}
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
func (s *stat) hint(dir *queue.Dir) error {
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
