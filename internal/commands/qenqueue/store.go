package qenqueue

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"

	"switchboard/internal/cmdline"
	"switchboard/pkg/mbox"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// bufferSize is how many bytes of a file are read at once: as many as the queue writes at
// once.
const bufferSize = 512 << 10

// store stores messages as one batch.
type store struct {
	c     *cmdline.Context
	batch queue.Batch
	// items is the metadata that the options give to every message.
	items []message.Item
	// id is the file base that the message gets, or zero.
	id     queue.ID
	format message.Dialect
	mbox   bool
	// buffer is the memory for reads.
	buffer []byte
	// unstored is why idle could not store earlier messages. Nothing is stored after them.
	unstored error
}

// store stores the messages in files in the queue that operand names.
func (o *options) store(c *cmdline.Context, operand string, files []string) error {
	open := c.Open
	if o.create {
		open = c.Create
	}
	dir, settings, err := open(operand)
	if err != nil {
		return err
	}
	print := c.Println
	if o.Quiet {
		print = func(string) error { return nil }
	}
	if o.base.Given && o.Verbose {
		print = o.sayIfBefore(c, dir, print)
	}
	format := c.Format(settings)
	s := &store{
		c: c, format: format, mbox: o.mbox, id: o.base.Value,
		items: append(listItem(o.list, format), o.metadata...),
		batch: dir.NewBatch(print),
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	progress := c.Progress("stored")
	defer progress.Done()
	for i, file := range files {
		err := s.file(file)
		if err == nil {
			err = s.unstored
		}
		if err != nil {
			s.batch.Abort()
			return err
		}
		progress.Count(i + 1)
	}
	return s.flush()
}

// sayIfBefore makes print say on standard error that an entry was stored by an earlier call,
// and that it has been finished since, for example, if that is so.
func (o *options) sayIfBefore(c *cmdline.Context, q queue.Queue, print func(string) error) func(string) error {
	return func(path string) error {
		if c.Changes() == 0 {
			text := path + ": was stored before"
			id := o.base.Value
			if !q.Has(id, queue.Ready) && !q.Has(id, queue.InFlight) && !q.Has(id, queue.Preserved) {
				text += ", and has left the queue since; it is not stored again"
			}
			c.Note(text)
		}
		return print(path)
	}
}

// stdin is the name of standard input in errors.
const stdin = "standard input"

// file stores the messages of one FILE. An error that it returns ends the command.
func (s *store) file(name string) error {
	if name == "-" {
		return s.stream(s.c.Stdin(s.idle), stdin)
	}
	if queue.StateOfExt(name) != queue.Stray || cmdline.EntryName(name) {
		return s.entry(name)
	}
	f, err := cmdline.OpenInput(name, s.idle)
	if err != nil {
		return s.report(cmp.Or(name, "''"), inputError{err})
	}
	defer f.Close()
	return s.stream(f, name)
}

// stream stores the text of r as one message or, with --mbox, each message of the mailbox.
func (s *store) stream(r io.Reader, name string) error {
	if !s.mbox {
		return s.message(r, name)
	}
	box := mbox.NewReader(bufio.NewReaderSize(r, 64<<10))
	for n := 0; ; n++ {
		text, err := box.Next()
		if err == io.EOF && n > 0 {
			return nil
		}
		if err == io.EOF {
			err = queue.ErrEmpty
		}
		if err != nil {
			return s.report(name, inputError{err})
		}
		if err := s.message(text, fmt.Sprintf("%s: message %d", name, n+1)); err != nil {
			return err
		}
	}
}

// message stores the text of r as one message. An error that it returns ends the command.
func (s *store) message(r io.Reader, name string) error {
	return s.shown(s.report(name, s.copy(r)))
}

// copy writes the text of r to a new message. If r fails, nothing is stored, because a part
// of a message must not pass for all of it. Reading a slow r flushes the batch, so the
// message is added to the batch only at the end.
func (s *store) copy(r io.Reader) error {
	p, err := s.batch.Create(queue.Metadata{Items: s.items, ID: s.id})
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

// report reports an error that concerns only this message. It returns one that concerns
// earlier messages, and ends the command.
func (s *store) report(name string, err error) error {
	var entry *queue.Error
	switch {
	case s.unstored != nil:
		return s.unstored
	case err == nil:
		return nil
	case errors.Is(err, queue.ErrFlush):
		return err
	case name == "", errors.As(err, &entry) && name == stdin:
		s.c.Report(err)
	default:
		s.c.Report(&queue.Error{Path: name, Err: err})
	}
	return nil
}

// idle makes the messages so far entries, before a read that may wait for long.
func (s *store) idle() {
	if err := s.flush(); s.unstored == nil {
		s.unstored = err
	}
}

func (s *store) flush() error { return s.shown(s.batch.Flush()) }

// shown prints the paths of the entries that have become durable, and returns err.
func (s *store) shown(err error) error {
	if s.c.Out.Buffered() == 0 {
		return err
	}
	return errors.Join(err, s.c.Flush())
}

// inputError is a failure to read a message, not to store it.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }
