package mailmanlog

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// mostLine is how much of a line is looked at. The rest is passed over.
const mostLine = 64 << 10

// read reads one file of the log, or the end of it, and returns the reasons in it,
// as Log.found has them. What it has read before an error counts.
func (l *Log) read(path string) (map[string]Reason, error) {
	f, size, err := l.open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := newParser(path, l.only)
	var text *io.LimitedReader
	if strings.HasSuffix(path, ".gz") {
		// The compressed side has a bound, too: a file of empty parts decompresses to
		// nothing for ever.
		z, err := gzip.NewReader(bufio.NewReader(io.LimitReader(f, l.left)))
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: path, Err: err}
		}
		text = &io.LimitedReader{R: z, N: l.left}
	} else {
		from := max(0, size-l.left)
		p.cut = from > 0
		text = &io.LimitedReader{R: io.NewSectionReader(f, from, size-from), N: l.left}
	}
	err = p.read(text)
	l.left = text.N
	if err != nil {
		if at, ok := errors.AsType[*fs.PathError](err); ok {
			err = at.Err
		}
		err = &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return p.found, err
}

// errNotRegular is the error for a log that is not a file, such as /dev/stderr.
var errNotRegular = errors.New("not a regular file")

// openNamed opens a regular file or a directory.
func openNamed(path string) (*os.File, error) {
	// stat comes first, because opening a FIFO would release its writer, and
	// opening a device may do anything.
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() && !st.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errNotRegular}
	}
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
}

// open opens a regular file.
func (l *Log) open(path string) (*os.File, int64, error) {
	f, err := l.opens(path)
	if errors.Is(err, syscall.ENXIO) {
		err = &fs.PathError{Op: "open", Path: path, Err: errNotRegular}
	}
	if err != nil {
		return nil, 0, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: errNotRegular}
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, st.Size(), nil
}

// read reads lines. Of a line that is too long it looks at the beginning.
func (p *parser) read(text io.Reader) error {
	lines := bufio.NewReaderSize(text, mostLine)
	for rest := p.cut; ; {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 && !rest {
			p.line(line)
		}
		// After a part of a line comes the rest of it.
		rest = err == bufio.ErrBufferFull
		switch err {
		case nil, bufio.ErrBufferFull:
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}
