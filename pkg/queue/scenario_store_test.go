package queue

import (
	"errors"
	"io"
	"slices"

	"switchboard/pkg/message"
)

// enqueue stores the mails that are expected and not yet reported as stored.
func enqueue(w *world) error { return enqueueIn(w, groupEntries) }

// enqueueGroups writes one group while another is being synced.
func enqueueGroups(w *world) error { return enqueueIn(w, syncTogether) }

// enqueueLarge has groups that a long message fills, so its sync begins by itself.
func enqueueLarge(w *world) error { return enqueueLimited(w, groupEntries, whole) }

func enqueueIn(w *world, group int) error { return enqueueLimited(w, group, groupBytes) }

func enqueueLimited(w *world, group int, bytes int64) error {
	d, err := w.open("/q/in", Options{})
	if err != nil {
		return err
	}
	b := d.newBatch(w.stored)
	b.limit, b.limitBytes = group, bytes
	var errs []error
	for i, m := range w.mails {
		if m.file != nil || slices.Contains(w.served, i) {
			continue
		}
		err := text(m.text, message.Item{Key: "listname", Value: "test"})(b)
		if err != nil {
			errs = append(errs, err)
			break
		}
	}
	if errs == nil {
		errs = append(errs, b.Flush())
	}
	b.Abort()
	return errors.Join(append(errs, d.Close())...)
}

// enqueueBeside stores the mails as enqueue does, but has the first one open while it
// writes and flushes the others.
func enqueueBeside(w *world) error {
	d, err := w.open("/q/in", Options{})
	if err != nil {
		return err
	}
	b := d.NewBatch(w.stored)
	long := w.mails[0].text
	p, err := b.Create(Metadata{})
	if err != nil {
		return errors.Join(err, d.Close())
	}
	defer p.Abort()
	_, err = io.WriteString(p, long[:len(long)/2])
	for i, m := range w.mails {
		if i == 0 || err != nil || slices.Contains(w.served, i) {
			continue
		}
		if err = text(m.text)(b); err == nil {
			err = b.Flush()
		}
	}
	if err == nil {
		_, err = io.WriteString(p, long[len(long)/2:])
	}
	if err == nil && !slices.Contains(w.served, 0) {
		err = errors.Join(p.Commit(), b.Flush())
	}
	p.Abort()
	return errors.Join(err, d.Close())
}

// handOn sets up an entry in the bad queue that is handed on to another dialect.
func handOn(format message.Dialect) func(*world) {
	return func(w *world) {
		w.queues = w.queues[:1] // the test ignores the queue that the entry comes from
		w.expect(&mail{text: mailText(0)})
		w.disk.Put("/q/bad/"+testID(9).Name(Preserved), entryFile(message.Mailman2, mailText(0), counted(2)), 0, 0)
		w.disk.Lookup("/q/in").DirSize = int64(format) // for runHandOn
	}
}

func runHandOn(w *world) error {
	from, err := w.open("/q/bad", Options{})
	if err != nil {
		return err
	}
	defer from.Close()
	e, err := from.Read(testID(9), Preserved)
	if err != nil {
		return err
	}
	defer e.Close()
	d, err := w.open("/q/in", Options{Format: message.Dialect(w.disk.Lookup("/q/in").DirSize)})
	if err != nil {
		return err
	}
	defer d.Close()
	b := d.NewBatch(w.stored)
	if err := handedOn(e)(b); err != nil {
		return err
	}
	return b.Flush()
}
