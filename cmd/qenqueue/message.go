package main

import (
	"errors"
	"io"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// bufferSize is how much of a file is read at once, in bytes: as much as the queue
// writes at once.
const bufferSize = 512 << 10

// message stores what r gives as one message. An error that it returns ends the command.
func (s *store) message(r io.Reader, name string) error {
	return s.shown(s.report(name, s.copy(r)))
}

// copy writes what r gives to a new message. If r fails, nothing of it is stored: a
// part must not pass for the whole. A slow r flushes the batch while it is read, which
// is why the message joins the batch last.
func (s *store) copy(r io.Reader) error {
	p, err := s.batch.Create(queue.Metadata{Items: s.items})
	if err != nil {
		return err
	}
	defer p.Abort()
	if s.buffer == nil {
		s.buffer = make([]byte, bufferSize)
	}
	for {
		n, err := r.Read(s.buffer)
		if _, failed := p.Write(s.buffer[:n]); failed != nil {
			return failed
		}
		switch {
		case err == io.EOF:
			return p.Commit()
		case err != nil:
			return inputError{err}
		}
	}
}

// handOn stores the message of another entry, with items and the metadata of the
// options. An error that it returns ends the command.
func (s *store) handOn(e *queue.Entry, items []message.Item, name string) error {
	err := s.batch.HandOn(e, queue.Metadata{Items: append(items, s.items...)})
	if failed, ok := errors.AsType[*queue.Error](err); ok && failed.Path == e.Path() {
		err = inputError{failed.Err}
	}
	return s.shown(s.report(name, err))
}

// inputError is a failure to read a message, as against one to store it.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }
