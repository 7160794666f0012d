package message

import (
	"slices"
	"unicode/utf8"

	"switchboard/pkg/pickle"
)

// Decoded returns the first header field of that name as people read it: unfolded,
// its encoded words (RFC 2047) decoded, at most 1000 bytes. Words that cannot be
// decoded stay as they are. It returns false if there is no such field.
func (c *Content) Decoded(name string) (string, bool) {
	value, ok := c.decoded(name)
	if len(value) > headerLen {
		end := headerLen
		for end > headerLen-utf8.UTFMax && !utf8.RuneStart(value[end]) {
			end--
		}
		value = value[:end]
	}
	return value, ok
}

func (c *Content) decoded(name string) (string, bool) {
	if p, ok := partOf(c.msg); ok && p.headers != nil {
		lower := lower(name)
		for _, item := range p.headers.Items {
			field, value, ok := fieldOf(item)
			if !ok || !isNamed(field, lower) {
				continue
			}
			if h, ok := headerOf(value); ok {
				return unfold([]byte(h.decoded(c.py3)), longHeader), true
			}
			break
		}
	}
	raw, ok := c.field(name, longHeader)
	return decodeWords(raw), ok
}

// Sender returns the address of the author: that of From, else that of Sender, else
// the metadata's original_sender or envsender. It returns "" if none of them has
// one.
func (c *Content) Sender() string {
	for _, name := range [...]string{"From", "Sender"} {
		value, _ := c.field(name, longHeader)
		if one, ok := onlyAddress(value); ok {
			return one
		}
		if list := parseAddresses(value); len(list) > 0 {
			return list[0]
		}
	}
	for _, key := range []string{"original_sender", "envsender"} {
		if s := c.text(key); s != "" {
			return s
		}
	}
	return ""
}

// Recipients returns the addresses that the message is for. In an entry that is to
// be sent, these are the ones that the metadata says are left: undelivered and
// recips in Mailman 2.1, recipients in Mailman 3. In other entries nobody has
// worked them out yet, and Recipients returns the addresses in To and Cc. Each
// address comes once; those of a set are sorted.
func (c *Content) Recipients() []string {
	r := recipients{left: jsonFactor*(c.MetaEnd-c.MsgEnd) + jsonBase}
	for _, key := range []string{"undelivered", "recips", "recipients"} {
		if r.add(c.Value(key), 0); len(r.list) > 0 {
			return r.list
		}
	}
	c.noteFields(&r, "To", "Cc")
	return r.list
}

const (
	// longHeader is how many bytes of a field are read when its beginning is shown:
	// encoded words are longer than their text.
	longHeader = 4 * headerLen
	// addressHeader is how many bytes of To and Cc are read.
	addressHeader = 64 << 10
)

type recipients struct {
	list []string
	seen map[string]bool
	// left limits the work: values that are shared are read each time.
	left int64
}

// add adds a text, or a list of lists of texts.
func (r *recipients) add(v pickle.Value, depth int) {
	if r.left--; r.left < 0 || depth > 2 {
		return
	}
	switch v := pickle.Simplify(v).(type) {
	case *pickle.String:
		if r.left -= v.Len(); r.left >= 0 && v.Len() <= textLimit {
			if b, err := stringBytes(v, textLimit); err == nil {
				r.note(string(b))
			}
		}
	case *pickle.List:
		r.addAll(v.Items, depth)
	case *pickle.Tuple:
		r.addAll(v.Items, depth)
	case *pickle.Set:
		start := len(r.list)
		r.addAll(v.Items, depth)
		slices.Sort(r.list[start:])
	}
}

func (r *recipients) addAll(items []pickle.Value, depth int) {
	for _, v := range items {
		r.add(v, depth+1)
	}
}

func (r *recipients) note(address string) {
	if address == "" || r.seen[address] {
		return
	}
	if r.seen == nil {
		r.seen = make(map[string]bool)
	}
	r.seen[address] = true
	r.list = append(r.list, address)
}

// Senders returns the addresses of all that the message may be from: those in From and
// Sender, and those in the metadata's original_sender and envsender.
func (c *Content) Senders() []string {
	r := recipients{left: jsonFactor*(c.MetaEnd-c.MsgEnd) + jsonBase}
	c.noteFields(&r, "From", "Sender")
	for _, key := range []string{"original_sender", "envsender"} {
		r.note(c.text(key))
	}
	return r.list
}

// AllRecipients returns the addresses of all that the message is for: those that the
// metadata names, as in [Content.Recipients], and those in To and Cc.
func (c *Content) AllRecipients() []string {
	r := recipients{left: jsonFactor*(c.MetaEnd-c.MsgEnd) + jsonBase}
	for _, key := range []string{"undelivered", "recips", "recipients"} {
		r.add(c.Value(key), 0)
	}
	c.noteFields(&r, "To", "Cc")
	return r.list
}

// noteFields adds the addresses in header fields.
func (c *Content) noteFields(r *recipients, names ...string) {
	for _, name := range names {
		value, _ := c.field(name, addressHeader)
		for _, address := range addresses(value) {
			r.note(address)
		}
	}
}
