package qcat

import (
	"errors"
	"path/filepath"
	"strings"

	"switchboard/internal/cmdline"
	"switchboard/pkg/maildir"
	"switchboard/pkg/queue"
)

// mostAdded is how many messages are delivered together. Each is an open file.
const mostAdded = 32

// deliverer delivers the messages of entries to a Maildir, and prints the paths of their
// files.
type deliverer struct {
	c   *cmdline.Context
	box *maildir.Dir
	// added are the paths of the entries whose messages are to be delivered.
	added    []string
	progress *cmdline.Progress
	n        int
	// stopped is the error after which nothing more can be delivered or printed, or nil.
	stopped error
}

// deliver delivers the messages of all operands to the Maildir at path.
func deliver(c *cmdline.Context, path string) error {
	box, err := maildir.Open(path)
	if errors.Is(err, maildir.ErrCreate) {
		err = cannotCreate{err}
	}
	if err != nil {
		return err
	}
	defer box.Close()
	d := &deliverer{c: c, box: box, progress: c.Progress("exported")}
	defer d.progress.Done()
	err = c.Operands(c.Args, d.flush, d.entry)
	d.flush()
	return errors.Join(err, d.stopped)
}

// entry adds the message of an entry.
func (d *deliverer) entry(path string) {
	if d.stopped != nil {
		return
	}
	e, err := d.c.ReadMessage(path)
	if e != nil {
		defer e.Close()
	}
	if err != nil {
		d.c.Report(err)
		return
	}
	m, err := d.box.Create(nameOf(e), received(e))
	if err != nil {
		d.stopped = err
		return
	}
	if err := e.Content.WriteMail(m); err != nil {
		m.Abort()
		if _, ok := errors.AsType[*maildir.Error](err); ok {
			d.stopped = err
		} else {
			d.c.Report(&queue.Error{Path: e.Path(), Err: err})
		}
		return
	}
	m.Commit()
	if d.added = append(d.added, e.Path()); len(d.added) == mostAdded {
		d.flush()
	}
}

// nameOf returns the name of the file of an entry's message. It is the same each time, so a
// second export finds what the first has delivered.
func nameOf(e *queue.Entry) string {
	if e.ID != (queue.ID{}) {
		return e.ID.String()
	}
	return strings.TrimSuffix(filepath.Base(e.Path()), e.State.Ext())
}

// flush delivers what was added, and prints the paths, which are durable then.
func (d *deliverer) flush() {
	added := d.added
	d.added = nil
	err := d.box.Flush(func(path string, err error) {
		entry := added[0]
		added = added[1:]
		if err != nil {
			d.c.Report(&queue.Error{Path: entry, Err: differs{path}})
			return
		}
		d.n++
		d.progress.Count(d.n)
		if d.stopped == nil {
			d.stopped = d.c.Println(path)
		}
	})
	if d.stopped == nil {
		d.stopped = err
	}
	if err := d.c.Flush(); d.stopped == nil {
		d.stopped = err
	}
}

// differs is the error of an entry whose name is that of another message in the Maildir.
type differs struct{ path string }

func (e differs) Error() string      { return e.path + " is another message; it is kept" }
func (differs) Is(target error) bool { return target == queue.ErrConflict }

// cannotCreate is the error of a Maildir that cannot be made.
type cannotCreate struct{ error }

func (e cannotCreate) Unwrap() error      { return e.error }
func (cannotCreate) Is(target error) bool { return target == queue.ErrCreate }
