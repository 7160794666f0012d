package main

import (
	"cmp"
	"errors"
	"slices"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// found is an entry that was chosen. entry is nil if only its name was needed. It is valid
// until the next one.
type found struct {
	path  string
	id    queue.ID
	state queue.State
	entry *queue.Entry
	err   error
}

// sorted is the most entries that -l shows oldest first. If there are more, it shows them
// in the order of the directory, so as not to hold them all in memory.
const sorted = 10_000

// named is an entry that has not been opened.
type named struct {
	id    queue.ID
	state queue.State
}

// order puts the oldest first. If an entry was seen in two states, the states decide.
func (n named) order(other named) int {
	return cmp.Or(n.id.Compare(other.id), cmp.Compare(n.state, other.state))
}

// each calls do for the wanted entries. It skips entries that disappear in the meantime.
func (s *stat) each(dir *queue.Dir, do func(*found) error) error {
	if s.entries && s.want.states[0] != queue.Stray {
		// -e promises the order.
		for f, err := range dir.List(s.want.filter(), s.want.states...) {
			if err == nil {
				err = s.read(dir, named{f.ID, f.State}, do)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	var (
		wanted = s.want.filter()
		first  []named
		many   bool
	)
	one := func(f queue.File) error {
		switch {
		case !slices.Contains(s.want.states, f.State):
			return nil
		case f.State == queue.Stray:
			return do(&found{path: dir.Join(f.Name), state: queue.Stray})
		case wanted != nil && !wanted(f.ID):
			return nil
		case many:
			return s.read(dir, named{f.ID, f.State}, do)
		}
		if first = append(first, named{f.ID, f.State}); len(first) > sorted {
			entries := first
			first, many = nil, true
			return s.readAll(dir, entries, do)
		}
		return nil
	}
	for f, err := range dir.Each() {
		if err == nil {
			err = one(f)
		}
		if err != nil {
			return err
		}
	}
	if many {
		return nil
	}
	slices.SortFunc(first, named.order)
	return s.readAll(dir, first, do)
}

func (s *stat) readAll(dir *queue.Dir, entries []named, do func(*found) error) error {
	for _, n := range entries {
		if err := s.read(dir, n, do); err != nil {
			return err
		}
	}
	return nil
}

// read opens an entry if its name is not enough, and calls do.
func (s *stat) read(dir *queue.Dir, n named, do func(*found) error) error {
	f := &s.found
	*f = found{id: n.id, state: n.state}
	if s.want.list != "" || s.long || s.JSON && !s.count.Given {
		f.entry, f.err = dir.Read(n.id, n.state)
		if errors.Is(f.err, queue.ErrState) {
			return nil
		}
		if f.entry != nil {
			f.path = f.entry.Path()
			defer f.entry.Close()
		}
		if n.state == queue.Temporary && f.entry != nil {
			f.err = nil // it may still be written, so this is not an error
		}
	}
	if s.want.list != "" && f.content() == nil && f.err != nil {
		s.c.Report(f.err) // its list is not known
		return nil
	}
	if s.want.list != "" && (f.content() == nil || f.content().List() != s.want.list) {
		return nil
	}
	if f.entry == nil {
		f.path = dir.EntryPath(n.id, n.state)
	}
	return do(f)
}

func (f *found) content() *message.Content {
	if f.entry == nil {
		return nil
	}
	return f.entry.Content
}
