package message

import (
	"bytes"
	"io"
	"sync"

	"switchboard/pkg/pickle"
)

// output is the text being written.
type output struct {
	w   io.Writer
	buf []byte
	// pool is the memory of buf.
	pool *[outputBuffer]byte
	// holding says to hold back newlines at the end, because a block of a delivery
	// status loses its last one. newlines is how many are held back.
	holding  bool
	newlines int64
	// n counts all bytes, limit is the most that may be written.
	n, limit int64
	err      error
}

// outputBuffer is how much is written at once.
const outputBuffer = 16 << 10

// outputBuffers has buffers for the next messages: a buffer is longer than most of them.
var outputBuffers = sync.Pool{New: func() any { return new([outputBuffer]byte) }}

func newOutput(w io.Writer, limit int64) *output {
	pool := outputBuffers.Get().(*[outputBuffer]byte)
	return &output{w: w, limit: limit, buf: pool[:0], pool: pool}
}

// free lets another output use the buffer. o must not be used any more.
func (o *output) free() {
	outputBuffers.Put(o.pool)
	o.buf, o.pool = nil, nil
}

func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	if o.n += int64(len(p)); o.n > o.limit {
		o.err = malformed("the message's text is out of proportion to the file")
		return 0, o.err
	}
	end := len(p)
	for o.holding && end > 0 && p[end-1] == '\n' {
		end--
	}
	if end > 0 {
		o.release()
		o.put(p[:end])
	}
	o.newlines += int64(len(p) - end)
	if o.err != nil {
		return 0, o.err
	}
	return len(p), nil
}

// release writes the newlines that were held back.
func (o *output) release() {
	const line = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
	for o.newlines > 0 {
		n := min(o.newlines, int64(len(line)))
		o.put([]byte(line[:n]))
		o.newlines -= n
	}
}

func (o *output) put(p []byte) {
	if o.err != nil {
		return
	}
	if len(o.buf)+len(p) > cap(o.buf) {
		if o.send(); o.err != nil {
			return
		}
		if len(p) >= cap(o.buf) {
			_, o.err = o.w.Write(p)
			return
		}
	}
	o.buf = append(o.buf, p...)
}

func (o *output) send() {
	if len(o.buf) > 0 && o.err == nil {
		_, o.err = o.w.Write(o.buf)
		o.buf = o.buf[:0]
	}
}

// flush ends the text.
func (o *output) flush() error {
	o.release()
	o.send()
	return o.err
}

func (o *output) str(s string) { o.Write([]byte(s)) }

// dropNewline removes the last newline unless it is among the first since bytes.
func (o *output) dropNewline(since int64) {
	if o.n > since && o.newlines > 0 {
		o.newlines--
		o.n--
	}
}

// copy writes a string's bytes. If lf is set, all line ends become LF.
func (o *output) copy(s *pickle.String, lf bool) {
	if o.err != nil {
		return
	}
	if b, ok := s.Short(); ok {
		if s.Kind == pickle.Unicode {
			b = unescape(b)
		}
		if lf {
			b = withLineFeeds(b)
		}
		o.Write(b)
		return
	}
	if err := o.stream(s, lf); err != nil && o.err == nil {
		o.err = contentError("message", err)
	}
}

// stream does what copy does, for a string that is not in memory. A block of it may be
// changed where it is, because no conversion makes text longer.
func (o *output) stream(s *pickle.String, lf bool) error {
	var lines lineFeeds
	for b, err := range s.All() {
		if err != nil {
			return err
		}
		if s.Kind == pickle.Unicode && bytes.IndexByte(b, firstOfEscape) >= 0 {
			b = appendUnescaped(b[:0], b)
		}
		if lf && (lines.cr || bytes.IndexByte(b, '\r') >= 0) {
			b = lines.append(b[:0], b)
		}
		if _, err := o.Write(b); err != nil {
			return err
		}
	}
	return nil
}
