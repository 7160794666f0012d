package pickle

import (
	"bytes"
	"io"
)

// String is a str, unicode, bytes or bytearray object. A short one is in memory.
// The content of a long one stays in the file and is decoded when it is read, so a
// message of any size takes the same memory. The file must stay open and unchanged
// until then.
//
// Content is bytes: for [Bytes] and [ByteString] the bytes themselves, for
// [Unicode] UTF-8 in which a lone surrogate is three bytes, as Python's
// surrogatepass writes it.
type String struct {
	Kind StringKind
	// Array tells a bytearray from a bytes object; Kind is Bytes for both.
	Array bool
	// wide says that a Unicode string has a character above U+00FF.
	wide bool
	held []byte
	ref  *reference
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
	// size is the length of the content in bytes, chars that of a Unicode
	// string in characters.
	size, chars int64
}

// NewString returns a String that holds content.
func NewString(kind StringKind, content []byte) *String {
	return &String{Kind: kind, held: content, wide: kind == Unicode && isWide(content)}
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

// Chars returns the length of a Unicode string in characters, as Python 3's len
// counts them. For the other kinds it returns Len.
func (s *String) Chars() int64 {
	switch {
	case s.Kind != Unicode:
		return s.Len()
	case s.ref == nil:
		return countChars(s.held)
	}
	return s.ref.chars
}

// Text returns the content, at most limit bytes of it, and whether that is all.
func (s *String) Text(limit int) (content []byte, whole bool, err error) {
	if s.ref == nil {
		if len(s.held) > limit {
			return s.held[:limit:limit], false, nil
		}
		return s.held, true, nil
	}
	content = make([]byte, min(int64(limit), s.ref.size))
	if _, err := io.ReadFull(s.Reader(), content); err != nil {
		return nil, false, unexpected(err)
	}
	return content, s.ref.size <= int64(limit), nil
}

// unexpected turns the end of a file that was longer when it was decoded into an
// error about its content.
func unexpected(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return locate(errTruncated, 0, "")
	}
	return err
}

// WriteTo writes the decoded content to w. If the file has changed so that the
// content cannot be decoded, the error is [ErrMalformed].
func (s *String) WriteTo(w io.Writer) (int64, error) {
	if s.ref == nil {
		n, err := w.Write(s.held)
		return int64(n), err
	}
	buf := windows.Get().(*[windowSize]byte)
	defer windows.Put(buf)
	// The wrapping hides other methods of w, so that buf is what is used.
	return io.CopyBuffer(struct{ io.Writer }{w}, s.Reader(), buf[:])
}

// Reader returns a stream of the decoded content, from its start.
func (s *String) Reader() io.Reader {
	if s.ref == nil {
		return bytes.NewReader(s.held)
	}
	return &stringReader{ref: s.ref, off: s.ref.off, end: s.ref.off + s.ref.raw}
}

// readAhead is how much of the file is read at once for decoding.
const readAhead = 16 << 10

type stringReader struct {
	ref      *reference
	off, end int64
	// raw was read but not decoded, out was decoded but not returned.
	raw, out []byte
	rawBuf   []byte
	outBuf   []byte
}

func (r *stringReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if r.ref.coding == plain && !r.ref.narrow {
		n := int(min(int64(len(p)), r.end-r.off))
		if n == 0 {
			return 0, io.EOF
		}
		if err := readFull(r.ref.file, p[:n], r.off); err != nil {
			return 0, locate(err, r.off, "")
		}
		r.off += int64(n)
		return n, nil
	}
	for len(r.out) == 0 {
		if r.off == r.end && len(r.raw) == 0 {
			return 0, io.EOF
		}
		if err := r.more(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

func (r *stringReader) more() error {
	if r.rawBuf == nil {
		r.rawBuf = make([]byte, min(readAhead, r.ref.raw))
	}
	kept := copy(r.rawBuf, r.raw)
	n := int(min(int64(len(r.rawBuf)-kept), r.end-r.off))
	if err := readFull(r.ref.file, r.rawBuf[kept:kept+n], r.off); err != nil {
		return locate(err, r.off, "")
	}
	r.off += int64(n)
	r.raw = r.rawBuf[:kept+n]
	out, took, err := r.ref.coding.decode(r.outBuf[:0], r.raw, r.off == r.end)
	if err != nil {
		return locate(err, r.off, "")
	}
	r.outBuf, r.raw = out, r.raw[took:]
	if r.ref.narrow {
		if out, err = narrowed(out[:0], out); err != nil {
			return locate(err, r.off, "")
		}
	}
	r.out = out
	return nil
}
