package pickle

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// windowSize is how much of a file is in memory at a time, firstWindow how much of it is
// read after a jump: between two long strings there is little.
const (
	windowSize  = 64 << 10
	firstWindow = 4 << 10
)

var windows = sync.Pool{New: func() any { return new([windowSize]byte) }}

// wholes are windows of whole files.
var wholes = sync.Pool{New: func() any { return new([]byte) }}

// source is a file seen through a window. A file that fits into one window is read
// once, and strings point into the window.
type source struct {
	r    io.ReaderAt
	size int64
	// at is the offset of the next byte; it may be outside the window.
	at   int64
	base int64
	buf  []byte
	// ahead is how much is read next, if the next bytes are those after the window.
	ahead int64
	// whole says that the window reaches from the first byte asked for to the end
	// of the file. It is kept until giveUp.
	whole bool
	pool  *[windowSize]byte
	// kept is the whole window's memory.
	kept *[]byte
}

func newSource(r io.ReaderAt, size, start int64) source {
	return source{r: r, size: size, at: start, base: start, whole: size-start <= windowSize}
}

// release gives the window back, unless strings point into it.
func (s *source) release() {
	if s.pool != nil {
		windows.Put(s.pool)
		s.pool, s.buf = nil, nil
	}
}

// giveUp gives back the window of a whole file, into which strings point.
func (s *source) giveUp() {
	if s.kept != nil {
		wholes.Put(s.kept)
		s.kept, s.buf = nil, nil
	}
}

// file returns the reader for strings that stay in the file and are read later.
func (s *source) file() io.ReaderAt {
	if s.whole {
		return &memory{s.buf, s.base}
	}
	return s.r
}

func (s *source) left() int64 { return s.size - s.at }

// next returns the next n bytes, at most windowSize, and steps over them. They are
// valid until the next call, or until giveUp if the source is whole.
func (s *source) next(n int) ([]byte, error) {
	i := s.at - s.base
	if i < 0 || i+int64(n) > int64(len(s.buf)) {
		if int64(n) > s.left() {
			return nil, errTruncated
		}
		if err := s.load(n); err != nil {
			return nil, err
		}
		i = s.at - s.base
	}
	s.at += int64(n)
	return s.buf[i : i+int64(n) : i+int64(n)], nil
}

// peek returns the next n bytes, or fewer at the end of the file, without stepping
// over them.
func (s *source) peek(n int) ([]byte, error) {
	if left := s.left(); int64(n) > left {
		n = int(max(left, 0))
	}
	b, err := s.next(n)
	if err == nil {
		s.at -= int64(n)
	}
	return b, err
}

// load moves the window so that it begins at s.at and has at least n bytes.
func (s *source) load(n int) error {
	if s.whole {
		if s.buf != nil {
			return errTruncated
		}
		size := s.size - s.base
		s.kept = wholes.Get().(*[]byte)
		if int64(cap(*s.kept)) < size {
			*s.kept = make([]byte, size)
		}
		s.buf = (*s.kept)[:size:size]
		if err := readFull(s.r, s.buf, s.base); err != nil {
			s.buf = nil
			return err
		}
		return nil
	}
	if s.pool == nil {
		s.pool = windows.Get().(*[windowSize]byte)
	}
	if i := s.at - s.base; i < 0 || i > int64(len(s.buf)) {
		s.ahead = 0
	}
	s.ahead = min(max(2*s.ahead, firstWindow), windowSize)
	s.base = s.at
	s.buf = s.pool[:min(max(s.ahead, int64(n)), s.left())]
	if err := readFull(s.r, s.buf, s.base); err != nil {
		s.buf = nil
		return err
	}
	return nil
}

// readFull is ReadAt for a file of known size. If there is less, somebody truncated
// the file after its size was read.
func readFull(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	switch {
	case n == len(p):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return errTruncated
	}
	return err
}

// walk passes n bytes from offset off to f in pieces, and leaves s.at after them. f
// returns how many it used; the rest comes again with the bytes that follow. last
// says that no more follow.
func (s *source) walk(off, n int64, f func(b []byte, last bool) (int, error)) error {
	s.at = off
	for end := off + n; s.at < end; {
		size := min(end-s.at, windowSize)
		if i := s.at - s.base; i >= 0 && i < int64(len(s.buf)) && size > int64(len(s.buf))-i {
			// Use up the window first, unless f could find too little in it.
			if rest := int64(len(s.buf)) - i; rest >= 1<<10 {
				size = rest
			}
		}
		b, err := s.next(int(size))
		if err != nil {
			return err
		}
		took, err := f(b, s.at == end)
		if err != nil {
			return err
		}
		s.at += int64(took - len(b))
	}
	return nil
}

// line is the position and length of a text argument.
type line struct {
	// off is its offset, n its length without the newline, ink its length
	// without the bytes up to a blank at its end.
	off, n, ink int64
}

// scanLine steps over the bytes up to the next newline, however far it is, and
// over the newline.
func (s *source) scanLine() (line, error) {
	l := line{off: s.at}
	for s.left() > 0 {
		i := s.at - s.base
		if i < 0 || i >= int64(len(s.buf)) {
			if err := s.load(1); err != nil {
				return l, err
			}
			i = s.at - s.base
		}
		b := s.buf[i:]
		end := bytes.IndexByte(b, '\n')
		if end >= 0 {
			b = b[:end]
		}
		for j := len(b) - 1; j >= 0; j-- {
			if b[j] > ' ' {
				l.ink = l.n + int64(j) + 1
				break
			}
		}
		l.n += int64(len(b))
		s.at += int64(len(b))
		if end >= 0 {
			s.at++
			return l, nil
		}
	}
	return l, errTruncated
}

// memory is a window as a file.
type memory struct {
	buf  []byte
	base int64
}

func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	off -= m.base
	if off < 0 || off > int64(len(m.buf)) {
		return 0, io.EOF
	}
	n := copy(p, m.buf[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
