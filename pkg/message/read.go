package message

import (
	"io"
	"math"

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
	// python3 says that Python 3 wrote the file, be it for a Mailman 2.1.
	python3 bool
	class   *pickle.Global
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
	c.dialect, c.python3 = c.findDialect(max(protocol, meta.Protocol))
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
	c.dialect, c.python3 = c.findDialect(protocol)
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

// findDialect goes by the message's class, then by the keys that only one
// Mailman sets, then by the Python that wrote the keys which all entries have:
// Python 3 never writes byte strings. Where nothing tells, as in text by another
// program, the kind of the text decides.
func (c *Content) findDialect(proto int) (d Dialect, python3 bool) {
	var list2, list3, keyed bool
	for _, p := range c.meta.Pairs {
		k, ok := p.Key.(*pickle.String)
		if !ok {
			continue
		}
		text, _ := k.Short()
		switch string(text) {
		case "listname":
			list2 = true
		case "listid":
			list3 = true
		case "version", "_parsemsg":
			keyed = true
			python3 = python3 || k.Kind == pickle.Unicode
		}
	}
	python3 = python3 || proto > 2
	if o, ok := c.msg.(*pickle.Object); ok {
		python3 = flattensAs3(o)
		switch {
		case c.class.Module == "mailman.email.message":
			return Mailman3, python3 // its betas ran on Python 2
		case c.class.Module == "Mailman.Message" || !python3:
			return Mailman2, python3
		}
	} else if s := c.msg.(*pickle.String); s.Kind == pickle.ByteString {
		if short, ok := s.Short(); ok && !pickle.IsASCII(short) {
			return Mailman2, false
		}
		if !keyed && proto <= 2 && !list3 {
			return Mailman2, false
		}
	}
	switch {
	case list3 && !list2:
		return Mailman3, python3
	case list2 && !list3, keyed && !python3:
		return Mailman2, python3
	}
	return Mailman3, python3
}

// Dialect tells which Mailman wrote the file, by what only one of them writes
// or can read.
func (c *Content) Dialect() Dialect { return c.dialect }

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

// Restores is _bak_count; 0 when it is absent, negative or no integer.
func (c *Content) Restores() int {
	n, ok := c.meta.Get(CountKey).(pickle.Int)
	switch {
	case !ok:
		return 0
	case n.Big != nil:
		if n.Big.Sign() < 0 {
			return 0
		}
		return math.MaxInt32
	}
	return int(min(max(n.Small, 0), math.MaxInt32))
}

// List is the metadata's listname or listid, "" if neither is there. Mailman 3's
// 8-bit bytes are bytes, as in all strings that methods of Content return.
func (c *Content) List() string {
	if s := c.text("listname"); s != "" {
		return s
	}
	return c.text("listid")
}

// WhichQueue is the metadata's whichq, the queue that the entry came from: a
// path (Mailman 2.1) or a name (Mailman 3), "" if it isn't there.
func (c *Content) WhichQueue() string { return c.text("whichq") }

// MovingTo is the path of the queue that the entry was last being moved to on another
// filesystem, "" if it was not: see package queue.
func (c *Content) MovingTo() string { return c.text("_moving_to") }

// textLimit is the longest metadata value that text returns.
const textLimit = 64 << 10

func (c *Content) text(key string) string {
	s, ok := c.meta.Get(key).(*pickle.String)
	if !ok || s.Len() > textLimit {
		return ""
	}
	b, err := stringBytes(s, textLimit)
	if err != nil {
		return ""
	}
	return string(b)
}

// Value returns the metadata value of key, or nil.
func (c *Content) Value(key string) pickle.Value {
	v := c.meta.Get(key)
	if v == nil {
		return nil
	}
	return pickle.Simplify(v)
}
