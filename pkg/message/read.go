package message

import (
	"io"

	"switchboard/pkg/pickle"
)

// Content is the two pickles of a queue file, read as data.
type Content struct {
	// MsgEnd is the length in bytes of the first pickle. MetaEnd is the offset
	// after the STOP of the second one; what follows is ignored.
	MsgEnd, MetaEnd int64

	file     io.ReaderAt
	pickles  *pickle.Reader
	msg      pickle.Value
	meta     *pickle.Dict
	msgProto int
	lastSet  int64
	lastKey  string
	// unchecked are the bodies that Read has not read.
	unchecked []*pickle.String
	dialect   Dialect
	// py3 says that Python 3 wrote the file, even if for a Mailman 2.1.
	py3   bool
	class *pickle.Global
}

// Read reads a queue file of size bytes. An error about its content is
// [ErrMalformed]; errors of r are returned as they are. If the file holds a message
// alone, which [ReadMessage] reads, the error is [ErrNoMetadata].
//
// Read takes the same time for a message of any size: it does not read a unicode text of
// more than 64 KiB that is the message or the body of a part. (Protocol 0 does not say how
// long a text is, so there Read has to.) If the text is not UTF-8, the methods that read it
// return [ErrMalformed]. [Content.CheckText] reads all such texts.
//
// Read accepts a text whose metadata does not have _parsemsg. It refuses a message
// object whose metadata does: Mailman could not tell its runners what to do with
// that.
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
	c.pickles.Pack()
	meta, err := c.pickles.Next()
	if err != nil {
		return nil, contentError("metadata", err)
	}
	dict, ok := meta.Value.(*pickle.Dict)
	if !ok {
		return nil, malformed("the metadata is not a dictionary")
	}
	c.meta, c.MetaEnd, c.lastSet, c.lastKey = dict, meta.End, meta.LastSet, meta.LastKey
	c.unchecked = append(c.unchecked, meta.Unchecked...)
	if err := c.check(); err != nil {
		return nil, err
	}
	c.dialect, c.py3 = c.findDialect(max(protocol, meta.Protocol))
	return c, nil
}

// ReadMessage reads a file that holds one pickle, a message without metadata: one
// that Mailman 2.1 holds for moderation, or half of a pair that a Mailman before
// 2.1.5 wrote. The Content has empty metadata and cannot be patched.
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

// readMessage reads the first pickle. It does not look at what the pickle means.
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
		file: r, pickles: pickles, msg: msg.Value, msgProto: msg.Protocol, unchecked: msg.Unchecked,
	}, msg.Protocol, nil
}

// check refuses a file that names an unknown class, and one that is not a message.
func (c *Content) check() error {
	todo, err := checkGlobals("message", c.msg, c.MsgEnd, nil)
	if err != nil {
		return err
	}
	if _, err := checkGlobals("metadata", c.meta, c.MetaEnd-c.MsgEnd, todo); err != nil {
		return err
	}
	if err := c.checkMessage(); err != nil {
		return err
	}
	return c.checkOthers()
}

// checkOthers checks the long texts that are not bodies. Few entries have any, and who
// reads them does not expect an error.
func (c *Content) checkOthers() error {
	if len(c.unchecked) == 0 {
		return nil
	}
	bodies := make(map[*pickle.String]bool)
	addBodies(bodies, c.msg)
	var unchecked []*pickle.String
	for _, s := range c.unchecked {
		if bodies[s] {
			unchecked = append(unchecked, s)
		} else if err := checkText(s); err != nil {
			return err
		}
	}
	c.unchecked = unchecked
	return nil
}

func checkText(s *pickle.String) error {
	_, err := s.WriteTo(io.Discard)
	return contentError("text", err)
}

// CheckText reads the texts that Read has not read, and returns [ErrMalformed] if one is
// not UTF-8.
func (c *Content) CheckText() error {
	for _, s := range c.unchecked {
		if err := checkText(s); err != nil {
			return err
		}
	}
	return nil
}

// HasMetadata reports whether there is metadata: false for what [ReadMessage] has
// read.
func (c *Content) HasMetadata() bool { return c.MetaEnd > c.MsgEnd }

// Become makes c describe what other describes, which must not be used afterwards. What was
// read from c stays valid.
func (c *Content) Become(other *Content) { *c = *other }

// Release lets the next Read use the memory of c, which must not be used
// afterwards.
func (c *Content) Release() {
	if c.pickles != nil {
		c.pickles.Release()
	}
	c.pickles, c.msg, c.meta, c.unchecked = nil, nil, nil, nil
}

// checkMessage checks that the first pickle is a message of the kind that the
// metadata says.
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

// truth reports whether Python takes a value as true.
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
	case *pickle.Set:
		return len(v.Items) > 0
	case *pickle.Dict:
		return len(v.Pairs) > 0
	case pickle.Delta:
		return v != pickle.Delta{}
	}
	return true
}

// Class returns the dotted name of the class of the message, or "" for text.
func (c *Content) Class() string {
	if c.class == nil {
		return ""
	}
	return c.class.Module + "." + c.class.Name
}

// ParseMsg reports whether the message is text, to be parsed when it is read. It is
// what the metadata's _parsemsg should say.
func (c *Content) ParseMsg() bool { return c.class == nil }

// Pickles returns a reader of the two pickles as they are in the file: MetaEnd bytes.
func (c *Content) Pickles() *io.SectionReader { return io.NewSectionReader(c.file, 0, c.MetaEnd) }
