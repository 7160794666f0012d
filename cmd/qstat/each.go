package main

import (
	"cmp"
	"errors"
	"iter"
	"slices"

	"switchboard/pkg/mailmanlog"
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
	// reason says why Mailman shunted or preserved it, if that was looked up and found.
	reason *mailmanlog.Reason
}

// sorted is the most entries that -l shows oldest first. If there are more, it shows them
// in the order of the directory, so as not to hold them all in memory.
const sorted = 10_000

// order puts the oldest first. If an entry was seen in two states, the states decide.
func order(a, b queue.File) int {
	return cmp.Or(a.ID.Compare(b.ID), cmp.Compare(a.State, b.State))
}

// each calls do for the wanted entries, and record for each record that do adds. It skips
// entries that disappear in the meantime.
func (s *stat) each(dir *queue.Dir, do func(*found, *answer) error, record func([]byte) error) error {
	files := s.files(dir)
	if s.entries && s.want.States[0] != queue.Stray {
		// -e promises the order.
		files = dir.List(s.want.Name(), s.want.States...)
	}
	return s.inOrder(files, func(f queue.File, a *answer) error { return s.read(dir, f, a, do) }, record)
}

// files yields the wanted files.
func (s *stat) files(dir *queue.Dir) iter.Seq2[queue.File, error] {
	wanted := s.want.Name()
	return func(yield func(queue.File, error) bool) {
		var (
			first []queue.File
			many  bool
		)
		for f, err := range dir.Each() {
			switch {
			case err != nil:
				yield(f, err)
				return
			case !slices.Contains(s.want.States, f.State):
			case f.State == queue.Stray || many && (wanted == nil || wanted(f.ID)):
				if !yield(f, nil) {
					return
				}
			case wanted != nil && !wanted(f.ID):
			default:
				if first = append(first, f); len(first) <= sorted {
					continue
				}
				if !yieldAll(first, yield) {
					return
				}
				first, many = nil, true
			}
		}
		slices.SortFunc(first, order)
		yieldAll(first, yield)
	}
}

func yieldAll(files []queue.File, yield func(queue.File, error) bool) bool {
	for _, f := range files {
		if !yield(f, nil) {
			return false
		}
	}
	return true
}

// read opens an entry if its name is not enough, and calls do.
func (s *stat) read(dir *queue.Dir, file queue.File, a *answer, do func(*found, *answer) error) error {
	f := &a.found
	*f = found{id: file.ID, state: file.State}
	if file.State == queue.Stray {
		if s.want.Restricts() {
			return nil
		}
		f.path = dir.Join(file.Name)
		return do(f, a)
	}
	if s.want.Opens() || s.long || s.JSON && !s.count.Given {
		f.entry, f.err = dir.Read(f.id, f.state)
		if errors.Is(f.err, queue.ErrState) {
			return nil
		}
		if f.entry != nil {
			f.path = f.entry.Path()
			defer f.entry.Close()
		}
		if f.state == queue.Temporary && f.entry != nil {
			f.err = nil // it may still be written, so this is not an error
		}
	}
	if is, err := s.want.Entry(f.entry, f.err); err != nil {
		a.report(err)
		return nil
	} else if !is {
		return nil
	}
	if f.entry == nil {
		f.path = dir.EntryPath(f.id, f.state)
	}
	return do(f, a)
}

func (f *found) content() *message.Content {
	if f.entry == nil {
		return nil
	}
	return f.entry.Content
}
