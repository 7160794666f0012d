package message

import (
	"io"

	"switchboard/pkg/pickle"
)

// Content is a queue file's two pickles, read as data.
type Content struct {
	// MsgEnd is the length in bytes of the first pickle, MetaEnd the offset
	// after the second one's STOP; what is behind it is ignored.
	MsgEnd, MetaEnd int64

	file     io.ReaderAt
	pickles  *pickle.Reader
	msg      pickle.Value
	meta     *pickle.Dict
	msgProto int
	lastSet  int64
	lastKey  string
	dialect  Dialect
	// py3 says that Python 3 wrote the file, be it for a Mailman 2.1.
	py3   bool
	class *pickle.Global
}

// Read reads a queue file of size bytes. Whatever it refuses satisfies
// errors.Is(err, ErrMalformed); errors of r are passed on as they are. A text
// without _parsemsg is accepted, an object with it is not: Mailman could not
// tell its runners what to do with that. ErrNoMetadata is a file that ReadMessage
// reads.
func Read(r io.ReaderAt, size int64) (*Content, error) {
	c, protocol, err := readMessage(r, size)
	if err != nil {
		return nil, err
	}
	if c.MsgEnd == size {
		c.meta = &pickle.Dict{}
		if err := c.check(); err != nil {
			return nil, err
		}
		return nil, ErrNoMetadata
	}
	meta, err := c.pickles.Next()
	if err != nil {
		return nil, contentError("metadata", err)
	}
	dict, ok := meta.Value.(*pickle.Dict)
	if !ok {
		return nil, malformed("the metadata is not a dictionary")
	}
	c.meta, c.MetaEnd, c.lastSet, c.lastKey = dict, meta.End, meta.LastSet, meta.LastKey
	if err := c.check(); err != nil {
		return nil, err
	}
	c.dialect, c.py3 = c.findDialect(max(protocol, meta.Protocol))
	return c, nil
}

// ReadMessage reads a file that holds one pickle, a message without metadata: one
// that Mailman 2.1 holds for moderation, or half of a pair that Mailman before 2.1.5
// wrote. The Content has empty metadata and cannot be patched.
func ReadMessage(r io.ReaderAt, size int64) (*Content, error) {
	c, protocol, err := readMessage(r, size)
	if err != nil {
		return nil, err
	}
	if c.MsgEnd != size {
		return nil, malformed("more than a message")
	}
	c.meta = &pickle.Dict{}
	if err := c.check(); err != nil {
		return nil, err
	}
	c.dialect, c.py3 = c.findDialect(protocol)
	return c, nil
}

// readMessage reads the first pickle, and nothing of what it means.
func readMessage(r io.ReaderAt, size int64) (c *Content, protocol int, err error) {
	if size == 0 {
		return nil, 0, malformed("empty file")
	}
	pickles := pickle.NewReader(r, size, 0)
	msg, err := pickles.Next()
	if err != nil {
		return nil, 0, contentError("message", err)
	}
	return &Content{
		MsgEnd: msg.End, MetaEnd: msg.End,
		file: r, pickles: pickles, msg: msg.Value, msgProto: msg.Protocol,
	}, msg.Protocol, nil
}

// check refuses what names an unknown class, and what is not a message.
func (c *Content) check() error {
	todo, err := checkGlobals("message", c.msg, c.MsgEnd, nil)
	if err != nil {
		return err
	}
	if _, err := checkGlobals("metadata", c.meta, c.MetaEnd-c.MsgEnd, todo); err != nil {
		return err
	}
	return c.checkMessage()
}

// HasMetadata is false for what ReadMessage has read.
func (c *Content) HasMetadata() bool { return c.MetaEnd > c.MsgEnd }

// Release gives the content's memory back for that of the next file. It must not
// be used any more.
func (c *Content) Release() {
	c.pickles.Release()
	c.msg, c.meta = nil, nil
}

// checkMessage tells whether the first pickle is what the metadata says.
func (c *Content) checkMessage() error {
	if s, ok := c.msg.(*pickle.String); ok {
		if s.Kind == pickle.Bytes {
			return malformed("message is a bytes object")
		}
		return nil
	}
	o, ok := c.msg.(*pickle.Object)
	if ok {
		c.class, ok = o.Class()
	}
	if !ok || !isMessageClass(c.class) {
		return malformed("the first pickle is not a message")
	}
	if truth(c.meta.Get("_parsemsg")) {
		return malformed("_parsemsg is set, but the message is not text")
	}
	if _, ok := o.State.(*pickle.Dict); !ok {
		return malformed("message object without a state")
	}
	return checkTree(o, c.MsgEnd)
}

// truth is Python's truth of a value.
func truth(v pickle.Value) bool {
	switch v := v.(type) {
	case nil, pickle.None:
		return false
	case pickle.Bool:
		return bool(v)
	case pickle.Int:
		return v.Big != nil || v.Small != 0
	case pickle.Float:
		return v != 0
	case *pickle.String:
		return v.Len() > 0
	case *pickle.List:
		return len(v.Items) > 0
	case *pickle.Tuple:
		return len(v.Items) > 0
	case *pickle.Dict:
		return len(v.Pairs) > 0
	}
	return true
}

// Class is the dotted name of the message's class, "" for text.
func (c *Content) Class() string {
	if c.class == nil {
		return ""
	}
	return c.class.Module + "." + c.class.Name
}

// ParseMsg says that the message is text, to be parsed when it is read: what
// the metadata's _parsemsg should say.
func (c *Content) ParseMsg() bool { return c.class == nil }
