package qcat

import (
	"io"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/mbox"
	"switchboard/pkg/queue"
)

// mailbox writes the messages of entries to standard output as a mailbox.
func mailbox(c *cmdline.Context) error {
	box := mbox.NewWriter(c.Out)
	progress := c.Progress("exported")
	defer progress.Done()
	n := 0
	return c.Paths(c.Args, func(path string) error {
		e, err := c.ReadMessage(path)
		if e != nil {
			defer e.Close()
		}
		if err != nil {
			return err
		}
		// What is written cannot be taken back, so what cannot be read must show before.
		if err := e.Content.WriteMail(io.Discard); err != nil {
			return &queue.Error{Path: e.Path(), Err: err}
		}
		err = box.Begin(e.Content.EnvelopeSender(), received(e))
		if err == nil {
			if err = e.Content.WriteMail(box); err != nil {
				err = partial{err}
			}
		}
		if end := box.End(); err == nil {
			err = end
		}
		n++
		progress.Count(n)
		return written(c, e, err)
	})
}

// received returns when a message came: the time in the name of its entry, or else that of
// the last change of the file.
func received(e *queue.Entry) time.Time {
	if e.ID != (queue.ID{}) {
		return e.ID.Received()
	}
	return e.Info.ModTime()
}

// partial is a failure to read a message of which the mailbox has a part.
type partial struct{ error }

func (e partial) Error() string { return e.error.Error() + "; the mailbox has a part of it" }
func (e partial) Unwrap() error { return e.error }
