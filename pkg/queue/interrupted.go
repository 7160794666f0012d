package queue

import (
	"errors"

	"switchboard/pkg/message"
)

// interrupted says where to a crash interrupted the move of an entry in flight: to
// the shunt queue or the bad queue, on another filesystem, where its copy is, equal.
// to is nil if there is none. It must be asked before anything in the entry changes.
//
// What cannot be looked at fails: to take it for nothing would make the entry ready
// beside its copy.
func (d *Dir) interrupted(f file, st stat, id ID, c *message.Content) (to *Dir, as State, err error) {
	// Hardly any entry in flight has its own queue as its origin.
	if c.WhichQueue() == "" || c.WhichQueue() != d.origin(c) {
		return nil, Stray, nil
	}
	there, err := d.copyAt(d.shuntPath(), f, st, id, Ready)
	if there {
		to, err = d.openShunt()
		return to, Ready, err
	}
	if err == nil {
		there, err = d.copyAt(d.badPath(), f, st, id, Preserved)
	}
	if there {
		to, err = d.openBad()
	}
	return to, Preserved, err
}

// copyAt says whether the queue at path, if there is one, has a copy of an open
// file. It is opened for this alone: what moves there has to make its name durable
// first, see createWith.
func (d *Dir) copyAt(path string, f file, st stat, id ID, s State) (bool, error) {
	queue, err := openWith(d.sys, path, d.opt)
	if errors.As(err, new(noQueue)) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer queue.Close()
	copied, err := queue.openCopy(f, st, id, s)
	if copied != nil {
		copied.Close()
	}
	return copied != nil, err
}

// openCopy opens an entry of this queue if it is a copy of an open file: equal, and
// not the same file under another name, which would be somebody's link. It is nil
// if it is not.
func (d *Dir) openCopy(f file, st stat, id ID, s State) (file, error) {
	copied, its, err := d.open(id, s, directory.Open)
	if errors.Is(err, ErrState) || errors.Is(err, ErrStray) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	equal := false
	if !its.same(st) && its.size == st.size {
		equal, err = sameBytes(f, copied, st.size)
	}
	if equal {
		return copied, nil
	}
	copied.Close()
	if err != nil {
		err = &Error{Path: d.EntryPath(id, s), Err: err}
	}
	return nil, err
}
