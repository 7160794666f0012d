package pgqueue

import (
	"io"
	"sync"

	"switchboard/pkg/message"
	"switchboard/pkg/pgqueue/internal/server"
)

const (
	// chunk is how many bytes of a message's pickle are in a row. A message that is not longer
	// is in the row of its entry, as most are.
	chunk = 512 << 10
	// firstOfLong is how many bytes of a longer message are in the row of its entry. They are
	// often in memory several times.
	firstOfLong = 64 << 10
	// windowSize is how many bytes are fetched at once. With what the protocol adds, they fit
	// into a buffer of pgx, whose size is a power of two. Larger ones are not
	// faster, and each is in memory several times.
	windowSize = 64<<10 - 128
)

// chunkOf returns which chunk has the byte at off, where the chunk begins, and how long it is.
// The first one, which is in the row of the entry, is 0.
func chunkOf(messageSize, off int64) (n, begin, size int64) {
	switch {
	case messageSize <= chunk:
		return 0, 0, messageSize
	case off < firstOfLong:
		return 0, 0, firstOfLong
	}
	n = (off - firstOfLong) / chunk
	begin = firstOfLong + n*chunk
	return n + 1, begin, min(chunk, messageSize-begin)
}

// body is the file of an entry, as a directory would have it: the message's pickle, and the
// metadata's. It fetches the message when it is read, and keeps one window of it. The message
// of an entry never changes, so the windows always fit together.
type body struct {
	server *Server
	number int64
	// messageSize is the length of the message's pickle, head its beginning.
	messageSize int64
	head        []byte

	mu       sync.Mutex
	metadata []byte
	// window was fetched last, and begins at.
	window []byte
	at     int64
}

// newBody returns the file of the entry with that number. head is the beginning of the
// message's pickle, perhaps nothing.
func newBody(s *Server, number, messageSize int64, head, metadata []byte) *body {
	return &body{server: s, number: number, messageSize: messageSize, head: head, metadata: metadata}
}

// content reads the file.
func (b *body) content() (*message.Content, error) {
	return message.Read(b, b.messageSize+int64(len(b.metadata)))
}

// patched returns the metadata with what set sets, and the patch that makes it of the old
// metadata. The rest stays as it is, byte for byte, as in a file.
func (b *body) patched(c *message.Content, set ...message.Setting) ([]byte, message.Patch, error) {
	patch, err := c.Patch(set...)
	if err != nil {
		return nil, patch, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	tail := patch.TailOff - b.messageSize
	metadata := append(append(make([]byte, 0, int(tail)+len(patch.Tail)), b.metadata[:tail]...), patch.Tail...)
	metadata[patch.FlipOff-b.messageSize] = patch.Flip
	return metadata, patch, nil
}

// replace changes the metadata, as the row of the entry was changed.
func (b *body) replace(metadata []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.metadata = metadata
}

// ReadAt implements [io.ReaderAt].
func (b *body) ReadAt(p []byte, off int64) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for n < len(p) {
		part, err := b.from(off + int64(n))
		if err != nil {
			return n, err
		}
		n += copy(p[n:], part)
	}
	return n, nil
}

// Close implements [io.Closer].
func (b *body) Close() error { return nil }

// from returns some of the bytes that begin at off.
func (b *body) from(off int64) ([]byte, error) {
	switch {
	case off >= b.messageSize+int64(len(b.metadata)):
		return nil, io.EOF
	case off >= b.messageSize:
		return b.metadata[off-b.messageSize:], nil
	case off < int64(len(b.head)):
		return b.head[off:], nil
	}
	if off < b.at || off >= b.at+int64(len(b.window)) {
		if err := b.fetch(off); err != nil {
			return nil, err
		}
	}
	return b.window[off-b.at:], nil
}

// The parts of a chunk that begin at an offset.
const (
	ofFirstChunk = "select substring(message from $2::integer for $3::integer) from switchboard.entry where id = $1"
	ofOtherChunk = "select substring(chunk from $2::integer for $3::integer) from switchboard.body where entry = $1 and n = $4"
)

// fetch fetches the window that has off. Read from the beginning to the end, windows follow each
// other; otherwise somebody looks for the end of a pickle, and may go back a little.
func (b *body) fetch(off int64) error {
	n, begin, size := chunkOf(b.messageSize, off)
	within := off - begin
	if off != b.at+int64(len(b.window)) && off != int64(len(b.head)) {
		within -= within % windowSize
	}
	size = min(windowSize, size-within)
	st := server.Statement{SQL: ofFirstChunk, Args: []any{b.number, within + 1, size}}
	if n > 0 {
		st = server.Statement{SQL: ofOtherChunk, Args: []any{b.number, within + 1, size, n}}
	}
	window := b.window
	b.window = nil
	st.Row = func(r server.Row) error {
		var part server.Bytes
		err := r.Scan(&part)
		window = append(window[:0], part...)
		return err
	}
	if b.messageSize > chunk {
		b.server.long()
	}
	if err := b.server.look(st); err != nil {
		return kindOf(err)
	}
	if int64(len(window)) < size {
		return errGone // it was finished or discarded meanwhile
	}
	b.at, b.window = begin+within, window
	return nil
}
