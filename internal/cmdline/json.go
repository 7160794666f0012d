package cmdline

import (
	"errors"
	"io"

	"switchboard/pkg/jsonline"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// Record is an entry as JSON.
type Record struct {
	Path, Queue string
	// ID is zero for a file that is not named like an entry.
	ID queue.ID
	// State is left out when it is Stray.
	State queue.State
	// Content is nil for an entry that cannot be read.
	Content *message.Content
	// Message says whether to write the message itself.
	Message bool
	// Extra, unless nil, adds further members.
	Extra func(*jsonline.Object)
}

// JSON prints a record as one line.
func (c *Context) JSON(r Record) error {
	var o jsonline.Object
	if err := r.members(&o); err != nil {
		return err
	}
	if r.Content != nil && r.Message {
		if err := c.message(&o, r); err != nil {
			return err
		}
	}
	return c.Line(o.End())
}

// Append appends a record to b, but not its message, which may be long.
func (r Record) Append(b []byte) ([]byte, error) {
	o := jsonline.NewObject(b)
	if err := r.members(o); err != nil {
		return b, err
	}
	return o.End(), nil
}

// members adds all members except the message.
func (r *Record) members(o *jsonline.Object) error {
	o.Text("entry", r.Path)
	o.Text("queue", r.Queue)
	if r.State != queue.Stray {
		o.Text("state", r.State.String())
	}
	if r.ID != (queue.ID{}) {
		o.Seconds("received", r.ID.Seconds())
	}
	if r.Extra != nil {
		r.Extra(o)
	}
	if r.Content != nil {
		fields(o, r.Content)
	}
	if r.Content != nil && r.Content.HasMetadata() {
		o.Int("restores", int64(r.Content.Restores()))
		o.Name("metadata")
		if err := o.AppendTo(r.Content.AppendMetadata); err != nil {
			return &queue.Error{Path: r.Path, Err: err}
		}
	}
	return nil
}

// fields adds the members that say who sent the message, and to whom.
func fields(o *jsonline.Object, m *message.Content) {
	o.Text("list", m.List())
	o.Text("sender", m.Sender())
	o.Texts("recipients", m.Recipients())
	for _, f := range []struct{ name, header string }{{"from", "From"}, {"subject", "Subject"}, {"message_id", "Message-ID"}} {
		if value, ok := m.Decoded(f.header); ok {
			o.Text(f.name, value)
		}
	}
}

// Line prints a line of JSON, or the end of one.
func (c *Context) Line(line []byte) error {
	c.Out.Write(line)
	return c.endRecord()
}

// message streams the message into the line, because it may be long. It reads the
// message twice: any of its bytes, even the last, may decide that all of it is base64.
func (c *Context) message(o *jsonline.Object, r Record) error {
	var check jsonline.Check
	if err := r.Content.WriteMessage(&check); err != nil {
		return &queue.Error{Path: r.Path, Err: err}
	}
	out := &sink{w: c.Out}
	var err error
	if check.Valid() {
		o.Name("message")
		c.Out.Write(append(o.Take(), '"'))
		escaped := jsonline.NewEscaper(out)
		if err = r.Content.WriteMessage(escaped); err == nil {
			err = escaped.Close()
		}
	} else {
		o.Name("message_base64")
		c.Out.Write(append(o.Take(), '"'))
		encoder := jsonline.NewBase64(out)
		if err = r.Content.WriteMessage(encoder); err == nil {
			err = encoder.Close()
		}
	}
	if out.err != nil {
		return c.output(out.err)
	}
	if err != nil {
		// The line is broken. End it, so that the next record has its own line.
		return errors.Join(&queue.Error{Path: r.Path, Err: err}, c.endRecord())
	}
	_, err = c.Out.WriteString(`"`)
	return c.output(err)
}

// sink remembers whether writing failed. If it did not, an error came from reading the
// message.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (n int, err error) {
	n, s.err = s.w.Write(p)
	return n, s.err
}
