package qstat

import (
	"cmp"
	"errors"
	"iter"
	"slices"
	"time"

	"switchboard/pkg/mailmanlog"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// found is an entry that was chosen. entry is nil if only its name was needed. It is valid
// until the next one.
type found struct {
	dir   queue.Queue
	path  string
	id    queue.ID
	state queue.State
	entry *queue.Entry
	err   error
	// reason says why Mailman shunted or preserved it, if that was looked up and found.
	reason *mailmanlog.Reason
	// claimer has claimed it, if the queue knows, and has a lease until then, unless that is
	// zero.
	claimer string
	until   time.Time
}

// sorted is the most entries that -l shows oldest first. If there are more, it shows them
// in the order of the directory, so as not to hold them all in memory.
const sorted = 10_000

// oldestFirst orders files. If an entry was seen in two states, the states decide.
func oldestFirst(a, b queue.File) int {
	return cmp.Or(a.ID.Compare(b.ID), cmp.Compare(a.State, b.State))
}

// file is a file of one of the queues.
type file struct {
	queue.File
	dir queue.Queue
}

// in yields files of a queue.
func in(dir queue.Queue, files iter.Seq2[queue.File, error]) iter.Seq2[file, error] {
	return func(yield func(file, error) bool) {
		for f, err := range files {
			if !yield(file{f, dir}, err) {
				return
			}
		}
	}
}

// each calls do for the wanted ones among files, and record for each record that do adds. It
// skips entries that disappear in the meantime.
func (s *stat) each(files iter.Seq2[file, error], do func(*found, *answer) error, record func([]byte) error) error {
	return s.inOrder(files, func(f file, a *answer) error { return s.read(f, a, do) }, record)
}

// files yields the wanted files.
func (s *stat) files(dir queue.Queue) iter.Seq2[queue.File, error] {
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
		slices.SortFunc(first, oldestFirst)
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
func (s *stat) read(file file, a *answer, do func(*found, *answer) error) error {
	f, dir := &a.found, file.dir
	*f = found{dir: dir, id: file.ID, state: file.State}
	if file.State == queue.Stray {
		if s.want.Restricts() {
			return nil
		}
		f.path = dir.Join(file.Name)
		return do(f, a)
	}
	if s.want.Opens() || s.showsContent() {
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

// showsContent reports whether the contents of entries are needed for what is shown.
func (s *stat) showsContent() bool {
	switch {
	case s.by.Given:
		return s.by.Value.Reads()
	case s.entries:
		return s.JSON || s.sortsByContent()
	}
	return s.long
}

func (f *found) content() *message.Content {
	if f.entry == nil {
		return nil
	}
	return f.entry.Content
}

// size returns the length of the entry's file, which need not be open. It returns
// [queue.ErrState] if the entry has disappeared.
func (f *found) size() (int64, error) {
	if f.entry != nil {
		return f.entry.Info.Size(), nil
	}
	info, err := f.dir.Stat(f.id, f.state)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
