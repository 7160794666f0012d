package message

import (
	"unicode/utf8"

	"switchboard/pkg/message/internal/pycodec"
)

// splittable is what Python 2 splits: characters where it knows the charset's
// codec, else bytes.
type splittable struct {
	runes []rune
	bytes string
	wide  bool
}

func (s splittable) length() int {
	if s.wide {
		return len(s.runes)
	}
	return len(s.bytes)
}

// cut is s[:n] and s[n:].
func (s splittable) cut(n int) (first, rest splittable) {
	n = max(0, min(n, s.length()))
	if s.wide {
		return splittable{runes: s.runes[:n], wide: true}, splittable{runes: s.runes[n:], wide: true}
	}
	return splittable{bytes: s.bytes[:n]}, splittable{bytes: s.bytes[n:]}
}

// length is Python's len of a chunk.
func (w word) length() int {
	if w.wide {
		return utf8.RuneCountInString(w.text)
	}
	return len(w.text)
}

// splitCodec is a codec of Python 2 by the name that a Charset has for it.
type splitCodec struct {
	codec pycodec.Codec
	found pycodec.Found
}

// codec2 finds a codec. For "", which is Python's None, text stays as it is.
func codec2(name string) splitCodec {
	if name == "" {
		return splitCodec{}
	}
	codec, found := pycodec.Find(pycodec.Python2, name)
	return splitCodec{codec, found}
}

// decode is to_splittable. It is false where that fails.
func (c splitCodec) decode(w word) (splittable, bool) {
	switch {
	case w.wide:
		return splittable{runes: pycodec.Runes([]byte(w.text)), wide: true}, true
	case c.found == pycodec.Unknown:
		return splittable{bytes: w.text}, true
	case c.found == pycodec.Fails:
		return splittable{}, false
	}
	runes, ok := c.codec.Decode([]byte(w.text))
	return splittable{runes: runes, wide: true}, ok
}

// encode is from_splittable.
func (c splitCodec) encode(s splittable) (word, bool) {
	switch {
	case !s.wide:
		return word{text: s.bytes}, true
	case c.found == pycodec.Unknown:
		return word{text: string(s.runes), wide: true}, true
	case c.found == pycodec.Fails:
		return word{}, false
	}
	b, ok := c.codec.Encode(s.runes, true)
	return word{text: string(b)}, ok
}
