package message

import (
	"unicode/utf8"

	"switchboard/pkg/message/internal/pycodec"
)

// py2Splittable is what Python 2 splits: characters if it knows the codec of the
// charset, else bytes.
type py2Splittable struct {
	runes []rune
	bytes string
	wide  bool
}

func (s py2Splittable) length() int {
	if s.wide {
		return len(s.runes)
	}
	return len(s.bytes)
}

// cut returns s[:n] and s[n:].
func (s py2Splittable) cut(n int) (first, rest py2Splittable) {
	n = max(0, min(n, s.length()))
	if s.wide {
		return py2Splittable{runes: s.runes[:n], wide: true}, py2Splittable{runes: s.runes[n:], wide: true}
	}
	return py2Splittable{bytes: s.bytes[:n]}, py2Splittable{bytes: s.bytes[n:]}
}

// length is Python's len of a chunk.
func (w word) length() int {
	if w.wide {
		return utf8.RuneCountInString(w.text)
	}
	return len(w.text)
}

// py2SplitCodec is a codec of Python 2, by the name that a Charset has for it.
type py2SplitCodec struct {
	codec pycodec.Codec
	found pycodec.Found
}

// py2Codec finds a codec. With "", which is Python's None, text stays as it is.
func py2Codec(name string) py2SplitCodec {
	if name == "" {
		return py2SplitCodec{}
	}
	codec, found := pycodec.Find(pycodec.Python2, name)
	return py2SplitCodec{codec, found}
}

// decode is to_splittable. It returns false where that fails.
func (c py2SplitCodec) decode(w word) (py2Splittable, bool) {
	switch {
	case w.wide:
		return py2Splittable{runes: pycodec.Runes([]byte(w.text)), wide: true}, true
	case c.found == pycodec.Unknown:
		return py2Splittable{bytes: w.text}, true
	case c.found == pycodec.Fails:
		return py2Splittable{}, false
	}
	runes, ok := c.codec.Decode([]byte(w.text))
	return py2Splittable{runes: runes, wide: true}, ok
}

// encode is from_splittable.
func (c py2SplitCodec) encode(s py2Splittable) (word, bool) {
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
