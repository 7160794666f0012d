package qenqueue

import (
	"errors"

	"switchboard/pkg/queue"
)

// entry stores the message and the metadata of another entry, or of a file that holds a
// message alone, with the metadata of the options. An error that it returns ends the
// command.
func (s *store) entry(name string) error {
	e, err := s.c.ReadMessage(name)
	if e != nil {
		defer e.Close()
	}
	if err != nil {
		return s.report("", inputError{err})
	}
	items, err := e.Content.HandOn(s.format)
	if err != nil {
		return s.report(name, inputError{err})
	}
	err = s.batch.HandOn(e, queue.Metadata{Items: append(items, s.items...), ID: s.id})
	if failed, ok := errors.AsType[*queue.Error](err); ok && failed.Path == e.Path() {
		err = inputError{failed.Err}
	}
	return s.shown(s.report(name, err))
}
