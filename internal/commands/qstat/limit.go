package qstat

import (
	"errors"
	"iter"
	"math"
)

// full reports whether as many rows were shown as --limit allows.
func (s *stat) full() bool { return s.limit.Given && s.shown >= s.limit.Value }

// errFull ends a listing that has shown enough.
var errFull = errors.New("enough rows")

// limited shows files until there are enough rows. If the names say which entries are
// chosen, it reads no more of them than it shows.
func (s *stat) limited(files iter.Seq2[file, error]) error {
	do := func(f *found, a *answer) error {
		err := s.show(f, a)
		if err == nil {
			a.record()
		}
		return err
	}
	print := func(r []byte) error {
		err := s.print(r)
		if err == nil && s.full() {
			err = errFull
		}
		return err
	}
	if !s.limit.Given {
		return s.each(files, do, print)
	}
	next, stop := iter.Pull2(files)
	defer stop()
	for more := true; more; {
		// An entry that disappears leaves room for another.
		room := s.limit.Value - s.shown
		if s.want.Opens() {
			room = math.MaxInt
		}
		err := s.each(func(yield func(file, error) bool) {
			for ; room > 0; room-- {
				f, err, ok := next()
				if more = ok; !ok || !yield(f, err) {
					return
				}
			}
		}, do, print)
		if err == errFull {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
