package message

import (
	"fmt"

	"switchboard/pkg/pickle"
)

// Texts is the texts of a list in the metadata, such as the recipients, in the order in
// which the file has them. It shares them with the Content, which is why a list of 100,000
// costs nothing more.
type Texts struct{ items []pickle.Value }

// Len returns how many texts there are.
func (t Texts) Len() int { return len(t.items) }

// At returns a text.
func (t Texts) At(i int) string { return string(t.Bytes(i)) }

// Bytes returns a text without copying it. The caller must not change it.
func (t Texts) Bytes(i int) []byte {
	s := t.items[i].(*pickle.String)
	b, _ := s.Short()
	if s.Kind == pickle.Unicode {
		b = unescape(b)
	}
	return b
}

// Texts returns a metadata value that is a list, a tuple or a set of texts of at most 64
// KiB. It returns false if there is no such key, or its value is None. Any other value is
// an error that names the key, and is [ErrMalformed].
func (c *Content) Texts(key string) (texts Texts, ok bool, err error) {
	return c.texts(key, false)
}

// TextGroups is [Content.Texts] for a list of lists of texts, and returns all their texts.
// The list may also have texts that are in no list of their own.
func (c *Content) TextGroups(key string) (texts Texts, ok bool, err error) {
	return c.texts(key, true)
}

func (c *Content) texts(key string, groups bool) (Texts, bool, error) {
	v, ok := c.given(key)
	if !ok {
		return Texts{}, false, nil
	}
	items, ok := membersOf(v)
	if !ok {
		return Texts{}, false, wrongType(key, v, "a list")
	}
	if groups {
		var err error
		if items, err = c.flat(key, items); err != nil {
			return Texts{}, false, err
		}
	}
	items, err := c.held(key, items)
	return Texts{items}, err == nil, err
}

// flat returns the members of groups.
func (c *Content) flat(key string, groups []pickle.Value) ([]pickle.Value, error) {
	var items []pickle.Value
	for _, group := range groups {
		group = pickle.Simplify(group)
		members, ok := membersOf(group)
		if !ok {
			members = []pickle.Value{group}
		}
		// A group may be there many times.
		if int64(len(items)+len(members)) > c.MetaEnd-c.MsgEnd {
			return nil, malformed("metadata %s: out of proportion to the file", key)
		}
		items = append(items, members...)
	}
	return items, nil
}

// held checks that the items are texts. It returns them with those that are still in the
// file read into memory.
func (c *Content) held(key string, items []pickle.Value) ([]pickle.Value, error) {
	copied, left := false, c.MetaEnd-c.MsgEnd
	for i, item := range items {
		s, ok := item.(*pickle.String)
		switch {
		case !ok || s.Kind == pickle.Bytes:
			return nil, wrongType(key, pickle.Simplify(item), "a text")
		case s.Len() > textLimit:
			return nil, malformed("metadata %s: a text of %d bytes", key, s.Len())
		}
		if _, short := s.Short(); short {
			continue
		}
		// A text may be there many times.
		if left -= s.Len(); left < 0 {
			return nil, malformed("metadata %s: out of proportion to the file", key)
		}
		b, _, err := s.Text(textLimit)
		if err != nil {
			return nil, fmt.Errorf("metadata %s: %w", key, contentError("text", err))
		}
		if !copied {
			copied, items = true, append([]pickle.Value(nil), items...)
		}
		items[i] = pickle.NewString(s.Kind, b)
	}
	return items, nil
}

// membersOf returns what is in a list, a tuple or a set.
func membersOf(v pickle.Value) ([]pickle.Value, bool) {
	if s, ok := v.(*pickle.Set); ok {
		return s.Items, true
	}
	return itemsOf(v)
}
