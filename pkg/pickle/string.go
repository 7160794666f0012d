package pickle

import (
	"io"
	"sync"
)

// String is a str, unicode, bytes or bytearray object. A short one is in memory.
// The content of a long one stays in the file and is decoded when it is read, so a
// message of any size takes the same memory. The file must stay open and unchanged
// until then. Content that was not checked when the pickle was read is checked when it is
// read: if it cannot be decoded, the error is [ErrMalformed].
//
// Content is bytes: for [Bytes] and [ByteString] the bytes themselves, for
// [Unicode] UTF-8 in which a lone surrogate is three bytes, as Python's
// surrogatepass writes it.
type String struct {
	Kind StringKind
	// Array tells a bytearray from a bytes object; Kind is Bytes for both.
	Array bool
	held  []byte
	ref   *reference
}

// reference says where in a file a string's content is.
type reference struct {
	file io.ReaderAt
	// off and raw are the offset and the length of the stored bytes. coding says how
	// they are to be decoded.
	off, raw int64
	coding   coding
	// narrow means that each character becomes one byte of content. No character is
	// above U+00FF then.
	narrow bool
	// size is the length of the content in bytes.
	size int64
	// latin1 is what String.latin1 found, and is set only once.
	latin1 struct {
		sync.Once
		size int64
		ok   bool
	}
}

// NewString returns a String that holds content.
func NewString(kind StringKind, content []byte) *String {
	return &String{Kind: kind, held: content}
}

// Short returns the content and true if it is in memory. The caller must not change
// it.
func (s *String) Short() ([]byte, bool) { return s.held, s.ref == nil }

// Len returns the length of the content in bytes.
func (s *String) Len() int64 {
	if s.ref == nil {
		return int64(len(s.held))
	}
	return s.ref.size
}

// Text returns the content, at most limit bytes of it, and whether that is all.
func (s *String) Text(limit int) (content []byte, whole bool, err error) {
	if s.ref == nil {
		if len(s.held) > limit {
			return s.held[:limit:limit], false, nil
		}
		return s.held, true, nil
	}
	size := int(min(int64(limit), s.ref.size))
	content = make([]byte, 0, size)
	for b, err := range s.All() {
		if err != nil {
			return nil, false, err
		}
		if content = append(content, b[:min(len(b), size-len(content))]...); len(content) == size {
			break
		}
	}
	if len(content) < size {
		// The file has changed, so that the content is shorter.
		return nil, false, locate(errTruncated, 0, "")
	}
	return content, s.ref.size <= int64(limit), nil
}

// WriteTo writes the content to w.
func (s *String) WriteTo(w io.Writer) (n int64, err error) {
	for b, err := range s.All() {
		if err != nil {
			return n, err
		}
		m, err := w.Write(b)
		if n += int64(m); err != nil {
			return n, err
		}
	}
	return n, nil
}

// latin1 returns the length of a Unicode string in bytes of Latin-1. It returns false if
// there is a character above U+00FF, or if the string cannot be read. A long string is
// read once, however often it occurs in the pickle.
func (s *String) latin1() (int64, bool) {
	if s.ref == nil {
		return countChars(s.held), !isWide(s.held)
	}
	found := &s.ref.latin1
	found.Do(func() {
		for b, err := range s.All() {
			if err != nil || isWide(b) {
				return
			}
			found.size += countChars(b)
		}
		found.ok = true
	})
	return found.size, found.ok
}
