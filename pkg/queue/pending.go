package queue

import "os"

// whole is the length of a message, in bytes, up to which its file is written with
// one system call. Until then no file is made. piece is how much of a longer message
// is written with one call.
const (
	whole = 256 << 10
	piece = 512 << 10
)

// Pending is a message that is being written. It is an io.Writer of the message's
// text, and becomes part of its batch with Commit.
//
// It leaves nothing behind unless Commit succeeds: a message of which only a part
// could be read or written never becomes an entry. So call Commit only after all of
// the text was read, and defer Abort, which does nothing after Commit:
//
//	p, err := batch.Create(metadata)
//	if err != nil {
//		return err
//	}
//	defer p.Abort()
//	if _, err := io.Copy(p, text); err != nil {
//		return err
//	}
//	return p.Commit()
//
// Several messages may be pending at a time. Each holds up to 512 KiB of its pickle in
// memory, for Mailman 3 three times that if the text is not ASCII. From 256 KiB of text
// on each has an open file.
type Pending struct {
	batch    *Batch
	entry    unsynced
	metadata []byte
	// prefix begins the pickle of a text, without the right length; nil if the
	// pickle is copied from another entry.
	prefix []byte
	// buf is what will be written next, at off, and held how many bytes of the
	// message that is.
	buf  []byte
	held int
	off  int64
	// err is the first failure to write.
	err    error
	closed bool
}

// Create begins a message, whose metadata is m. Its place in the queue is that of
// the call, unless m says otherwise.
//
// A failure leaves nothing behind. It is ErrFlush if it concerns messages committed
// before. Otherwise it is an *Error with the path of the queue, or an error that names
// a key of m whose value cannot be stored.
func (b *Batch) Create(m Metadata) (*Pending, error) {
	p, err := b.create(m, 0, true)
	if err != nil {
		return nil, err
	}
	p.beginText()
	return p, nil
}

// create begins a message that has been in a queue since received, or since now if
// that is 0. parseMsg is its metadata _parsemsg.
func (b *Batch) create(m Metadata, received float64, parseMsg bool) (*Pending, error) {
	if err := b.makeRoom(); err != nil {
		return nil, err
	}
	if err := b.findOwner(); err != nil {
		return nil, err
	}
	d := b.dir.opt.Format
	now := b.now()
	if received == 0 {
		received = now
	}
	items, received := m.complete(d, received, parseMsg)
	metadata, err := d.AppendMetadata(nil, items)
	if err != nil {
		return nil, err
	}
	p := &Pending{batch: b, metadata: metadata, buf: b.spareBuffer[:0]}
	p.entry.mark = newMarker(d, items, received, now)
	b.spareBuffer = nil
	return p, nil
}

// beginText begins the message's pickle, with a length that Commit corrects.
func (p *Pending) beginText() {
	p.prefix, _ = p.batch.dir.opt.Format.TextPrefix(0) // which is not too long
	p.buf = append(p.buf, p.prefix...)
}

// Write adds text to the message. After an error, which is an *Error, all calls but
// Abort fail with the same one.
func (p *Pending) Write(text []byte) (n int, err error) {
	if p.closed {
		return 0, os.ErrClosed
	}
	for len(text) > 0 && p.err == nil {
		room := whole
		if p.off > 0 {
			room = piece
		}
		if p.held == room {
			p.fail(p.spill())
			continue
		}
		part := text[:min(len(text), room-p.held)]
		p.buf = p.batch.dir.opt.Format.AppendText(p.buf, part)
		p.held += len(part)
		n += len(part)
		text = text[len(part):]
	}
	return n, p.err
}

// Commit ends the message, which joins the batch: it becomes an entry with Flush, or
// sooner, when two groups are full. If it fails, the message leaves nothing behind.
// The error is ErrEmpty if nothing was written, and otherwise an *Error.
func (p *Pending) Commit() error {
	if p.closed {
		return os.ErrClosed
	}
	defer p.Abort()
	if p.err == nil && p.off == 0 && p.held == 0 {
		p.err = ErrEmpty
	}
	if p.err == nil {
		p.fail(p.end())
	}
	if p.err == nil {
		p.fail(p.batch.own(p.entry.file))
	}
	if p.err != nil {
		return p.err
	}
	p.batch.join(p.entry, p.off)
	p.entry.file = nil
	return nil
}

// Abort removes the message. It does nothing after Commit.
func (p *Pending) Abort() {
	if p.closed {
		return
	}
	p.closed = true
	p.entry.discard(p.batch.dir)
	p.batch.spareBuffer, p.buf = p.buf, nil
}

// fail notes a failure to store the message, if err is one.
func (p *Pending) fail(err error) {
	if err != nil {
		p.err = &Error{Path: p.batch.dir.path, Err: err}
	}
}
