package message

import (
	"fmt"
	"slices"
	"sort"

	"switchboard/pkg/pickle"
)

// Texts is the texts of a list in the metadata, such as the recipients, in the order in
// which the file has them. It shares them with the Content, which is why a list of 100,000
// costs nothing more.
type Texts struct {
	pieces []piece
	n      int
}

// piece is some of the texts, from index at on: packed ones, or strings.
type piece struct {
	at     int
	packed *pickle.Texts
	items  []pickle.Value
}

// Len returns how many texts there are.
func (t Texts) Len() int { return t.n }

// At returns a text.
func (t Texts) At(i int) string { return string(t.Bytes(i)) }

// Bytes returns a text without copying it. The caller must not change it.
func (t Texts) Bytes(i int) []byte {
	p := &t.pieces[0]
	if len(t.pieces) > 1 {
		p = &t.pieces[sort.Search(len(t.pieces), func(k int) bool { return t.pieces[k].at > i })-1]
	}
	var b []byte
	var kind pickle.StringKind
	if p.packed != nil {
		b, kind = p.packed.At(i - p.at)
	} else {
		s := p.items[i-p.at].(*pickle.String)
		kind = s.Kind
		b, _ = s.Short()
	}
	if kind == pickle.Unicode {
		b = unescape(b)
	}
	return b
}

// add adds the members of a list.
func (t *Texts) add(items []pickle.Value) {
	for len(items) > 0 {
		if packed, ok := items[0].(*pickle.Texts); ok {
			t.addPacked(packed)
			items = items[1:]
			continue
		}
		n := slices.IndexFunc(items, isPacked)
		if n < 0 {
			n = len(items)
		}
		t.pieces = append(t.pieces, piece{at: t.n, items: items[:n:n]})
		t.n += n
		items = items[n:]
	}
}

// addPacked adds packed texts. Those of many small groups become one piece.
func (t *Texts) addPacked(packed *pickle.Texts) {
	k := len(t.pieces) - 1
	if k < 0 || t.pieces[k].packed == nil || !t.pieces[k].packed.Join(packed) {
		joined := new(pickle.Texts)
		joined.Join(packed)
		t.pieces = append(t.pieces, piece{at: t.n, packed: joined})
	}
	t.n += packed.Len()
}

func isPacked(v pickle.Value) bool {
	_, ok := v.(*pickle.Texts)
	return ok
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

func (c *Content) texts(key string, groups bool) (texts Texts, ok bool, err error) {
	v := c.meta.Get(key)
	if _, none := v.(pickle.None); none || v == nil {
		return Texts{}, false, nil
	}
	v = pickle.Simplify(v)
	items, ok := membersOf(v)
	if !ok {
		return Texts{}, false, wrongType(key, v, "a list")
	}
	if groups {
		err = c.addGroups(key, &texts, items)
	} else {
		texts.add(items)
	}
	if err == nil {
		err = c.checkTexts(key, texts)
	}
	if err != nil {
		return Texts{}, false, err
	}
	return texts, true, nil
}

// addGroups adds the members of groups.
func (c *Content) addGroups(key string, texts *Texts, groups []pickle.Value) error {
	for i, group := range groups {
		if packed, ok := group.(*pickle.Groups); ok {
			texts.addPacked(packed.Texts())
			continue
		}
		members, ok := membersOf(pickle.Simplify(group))
		if !ok {
			members = groups[i : i+1]
		}
		texts.add(members)
		// A group may be there many times.
		if int64(texts.n) > c.MetaEnd-c.MsgEnd {
			return malformed("metadata %s: out of proportion to the file", key)
		}
	}
	return nil
}

// checkTexts checks that the texts are texts. It reads those that are still in the file into
// memory. Packed texts are short.
func (c *Content) checkTexts(key string, texts Texts) error {
	left := c.MetaEnd - c.MsgEnd
	for k := range texts.pieces {
		p := &texts.pieces[k]
		copied := false
		for i, item := range p.items {
			s, ok := item.(*pickle.String)
			switch {
			case !ok || s.Kind == pickle.Bytes:
				return wrongType(key, pickle.Simplify(item), "a text")
			case s.Len() > textLimit:
				return malformed("metadata %s: a text of %d bytes", key, s.Len())
			}
			if _, short := s.Short(); short {
				continue
			}
			// A text may be there many times.
			if left -= s.Len(); left < 0 {
				return malformed("metadata %s: out of proportion to the file", key)
			}
			b, _, err := s.Text(textLimit)
			if err != nil {
				return fmt.Errorf("metadata %s: %w", key, contentError("text", err))
			}
			if !copied {
				copied, p.items = true, slices.Clone(p.items)
			}
			p.items[i] = pickle.NewString(s.Kind, b)
		}
	}
	return nil
}

// membersOf returns what is in a list, a tuple or a set.
func membersOf(v pickle.Value) ([]pickle.Value, bool) {
	if s, ok := v.(*pickle.Set); ok {
		return s.Items, true
	}
	return itemsOf(v)
}
