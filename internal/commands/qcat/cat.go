package qcat

import (
	"path/filepath"

	"switchboard/internal/cmdline"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// cat writes one entry.
func (o *options) cat(c *cmdline.Context, path string) error {
	e, err := c.ReadMessage(path)
	if e != nil {
		defer e.Close()
	}
	if o.raw && e != nil {
		return disassemble(c, e)
	}
	if err != nil {
		return err
	}
	switch {
	case o.metadata && !e.Content.HasMetadata():
		return &queue.Error{Path: e.Path(), Err: message.ErrNoMetadata}
	case o.metadata:
		line, err := e.Content.AppendMetadata(nil)
		if err != nil {
			return &queue.Error{Path: e.Path(), Err: err}
		}
		return c.Line(line)
	case o.JSON:
		return c.JSON(cmdline.Record{Path: e.Path(), Queue: filepath.Dir(e.Path()), ID: e.ID, State: e.State, Content: e.Content, Message: true})
	case o.header:
		if c.Written() > 0 {
			c.Out.WriteByte('\n') // as after every header
		}
		return written(c, e, e.Content.WriteHeader(c.Out))
	}
	return written(c, e, e.Content.WriteMessage(c.Out))
}

// disassemble writes the pickles as far as they can be read.
func disassemble(c *cmdline.Context, e *queue.Entry) error {
	return written(c, e, message.Disassemble(c.Out, e.ReaderAt(), e.Info.Size()))
}

// written prints what was written of an entry, even if writing stopped with err.
func written(c *cmdline.Context, e *queue.Entry, err error) error {
	if out := c.Flush(); out != nil || err == nil {
		return out
	}
	return &queue.Error{Path: e.Path(), Err: err}
}
